import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface PlaygroundFile {
  readonly etag: string
  readonly type: string
  readonly bytes: Buffer
}

const types = {
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'licenses.txt': 'text/plain; charset=utf-8',
} as const

export interface PlaygroundFiles {
  readonly page: string
  readonly assets: Readonly<Record<keyof typeof types, PlaygroundFile>>
}

/** Reads what a published package has in `public/`. In a checkout it is built first, which takes a second the first time. */
export async function readPlaygroundFiles(): Promise<PlaygroundFiles> {
  const packageFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
  const build = packageFile('playground/build/build.ts')
  if (existsSync(build)) await promisify(execFile)(process.execPath, [build])
  const names = Object.keys(types) as (keyof typeof types)[]
  const files = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(packageFile(`public/${name}`))
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
      return [name, { etag, type: types[name], bytes }] as const
    }),
  )
  const assets = Object.fromEntries(files) as Record<keyof typeof types, PlaygroundFile>
  return { page: await readFile(packageFile('public/page.html'), 'utf8'), assets }
}
