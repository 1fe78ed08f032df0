import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildRival } from './build-rival.ts'

/** One app as a project of pages, and as a bundle for servers without a framework. */
export interface BenchSite {
  readonly name: string
  readonly dir: string
  /** The bundle as a module that exports `renderPage`, and as a script that may be evaluated anew. */
  readonly bundles: { readonly module: string; readonly script: string }
  /** Throws when the page is not whole. */
  readonly check: (status: number, text: string) => void
}

const sites = fileURLToPath(new URL('../sites/', import.meta.url))
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** Functions that make the bundle of a small app as large as that of a grown one: some 900 KB. */
const ballastFunctions = 4_500

/** Copies the apps to a folder, where they may be built, and builds their bundles. */
export async function makeSites(folder: string): Promise<readonly BenchSite[]> {
  const board = copyOf('fixture', join(folder, 'board'))
  const large = copyOf('fixture', join(folder, 'large'))
  addBallast(large)
  const mui = copyOf('mui', join(folder, 'mui'))
  return [
    await site('board', board, 'board.tsx', checkBoard),
    await site('MUI', mui, 'mui.tsx', checkMui),
    await site('board in 900 KB', large, 'board.tsx', checkBoard),
  ]
}

async function site(name: string, dir: string, entry: string, check: BenchSite['check']): Promise<BenchSite> {
  const bundles = await buildRival(join(dir, '..', 'rival', entry), join(dir, '..', 'built'))
  return { name, dir, bundles, check }
}

/** Beside each other as in the repository: entries of rivals import the components of the pages. */
function copyOf(source: string, parent: string): string {
  mkdirSync(parent, { recursive: true })
  symlinkSync(modules, join(parent, 'node_modules'))
  cpSync(join(sites, 'rival'), join(parent, 'rival'), { recursive: true })
  const dir = join(parent, source)
  cpSync(join(sites, source), dir, { recursive: true, filter: (path) => !path.includes('.evenkeel') })
  return dir
}

function addBallast(dir: string): void {
  const functions = Array.from(
    { length: ballastFunctions },
    (_, index) =>
      `export function rule${index}(value: number): string {\n  return value > ${index} ? \`over \${value} in rule ${index}\` : 'within the rule of ${index * 7}'\n}`,
  )
  writeFileSync(join(dir, 'pages', '_parts', 'ballast.ts'), `${functions.join('\n\n')}\n`)
  const routes = join(dir, 'pages', '_parts', 'routes.tsx')
  const used = `import * as ballast from './ballast.ts'\n;(globalThis as { ballast?: unknown }).ballast = ballast\n`
  writeFileSync(routes, `${used}${readFileSync(routes, 'utf8')}`)
}

function checkBoard(status: number, text: string): void {
  assert.equal(status, 200)
  assert.ok(text.includes('<td>Post 100</td>') && text.includes('<li>Item 50</li>'), 'the page is not whole')
}

function checkMui(status: number, text: string): void {
  assert.equal(status, 200)
  assert.ok(text.includes('Product 12') && text.includes('MuiButton-root'), 'the page is not whole')
}
