import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve, type PagesOptions, type RunningServer } from '@evenkeel/server'

const sites = fileURLToPath(new URL('../sites/', import.meta.url))
const modules = fileURLToPath(new URL('../../../../../node_modules', import.meta.url))

/** A copy of a project of `sites/`, which a test may change and build in. */
export interface SiteCopy extends Disposable {
  readonly dir: string
}

/** `packages` take the place of others by name, such as `{ react: 'react-18' }`. */
export function copySite(name: string, packages: Readonly<Record<string, string>> = {}): SiteCopy {
  const dir = mkdtempSync(join(tmpdir(), 'evenkeel-site-'))
  cpSync(join(sites, name), dir, { recursive: true })
  if (Object.keys(packages).length === 0) symlinkSync(modules, join(dir, 'node_modules'))
  else {
    mkdirSync(join(dir, 'node_modules'))
    for (const [target, source] of Object.entries(packages))
      symlinkSync(join(modules, source), join(dir, 'node_modules', target))
  }
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

/** One host and one to stand by: enough for everything but load, and quick to start. */
const small: PagesOptions = { hosts: 1, spares: 0 }

export function serveSite({ dir }: SiteCopy, pages: PagesOptions = {}): Promise<RunningServer> {
  return serve({
    port: 0,
    adminPort: 0,
    projectDir: dir,
    blocks: { hosts: 1, spares: 0 },
    pages: { ...small, ...pages },
  })
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export async function get(
  server: Pick<RunningServer, 'url'>,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(server.url + path, { headers, redirect: 'manual' })
  const text = await response.text()
  if (response.status === 200) assertWhole(path, text)
  return { status: response.status, headers: response.headers, text }
}

/** A page that came without its content must not pass for one because of its status. */
function assertWhole(path: string, text: string): void {
  if (!text.startsWith('<!DOCTYPE html><html lang=')) return
  assert.match(text, /<\/body><\/html>$/, path)
  assert.match(text, /id="evenkeel-place"/, path)
  // The browser renders into an empty root.
  if (!text.includes('"mode":"render"')) assert.match(text, /<div id="root">(?!<\/div>)/, path)
}

/** Crawlers, and clients that look like one, get no streams. */
export const browserAgent: Readonly<Record<string, string>> = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0.0.0',
}

/** What is in `#root`, without the comments that React puts between texts. */
export function rootOf(html: string): string {
  const start = html.indexOf('<div id="root">') + '<div id="root">'.length
  const end = html.indexOf('</div><script type="application/json"')
  return html.slice(start, end).replaceAll(/<!--.*?-->/g, '')
}
