/** Builds the playground into `public/`: one script, the style, the page. Skipped when it is newer than everything it is made from. */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'

const root = join(import.meta.dirname, '..')
const output = join(root, '..', 'public')
const key = inputsKey()
if (!isCurrent()) await buildAll()

function isCurrent(): boolean {
  try {
    return readFileSync(join(output, 'key'), 'utf8') === key
  } catch {
    return false
  }
}

/** The versions in the manifest are exact, so its text stands for the packages. */
function inputsKey(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, '..', 'package.json')))
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name))
  for (const name of files.toSorted()) hash.update(name).update(readFileSync(join(root, name)))
  return hash.digest('hex')
}

/** Each file is moved into its place whole, the key last: two processes that build at the same time do no harm. */
async function buildAll(): Promise<void> {
  mkdirSync(output, { recursive: true })
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, 'client', 'main.client.ts')],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'error',
  })
  put('app.js', (file) => writeFileSync(file, outputFiles[0]?.contents ?? ''))
  for (const [from, to] of [
    ['page.css', 'app.css'],
    ['page.html', 'page.html'],
    ['icon.svg', 'icon.svg'],
  ] as const)
    put(to, (file) => copyFileSync(join(root, from), file))
  put('licenses.txt', (file) => writeFileSync(file, licences(metafile)))
  put('key', (file) => writeFileSync(file, key))
}

/** The licences of what the script contains, which they ask to go along. */
function licences({ inputs }: Metafile): string {
  const packages = new Map<string, string>()
  for (const input of Object.keys(inputs)) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(input) ?? []
    if (name !== undefined) packages.set(name, input.slice(0, input.lastIndexOf(`node_modules/${name}/`)))
  }
  const texts = [...packages]
    .toSorted(([first], [second]) => first.localeCompare(second))
    .map(([name, folder]) => {
      const place = join(process.cwd(), folder, 'node_modules', name)
      const file = readdirSync(place).find((each) => /^licen[cs]e/i.test(each))
      if (file === undefined) throw new Error(`the package "${name}" has no licence file`)
      return `${name}\n\n${readFileSync(join(place, file), 'utf8').trim()}\n`
    })
  return texts.join(`\n${'-'.repeat(72)}\n\n`)
}

function put(name: string, write: (file: string) => void): void {
  const staged = join(output, `.${name}.${process.pid}`)
  write(staged)
  renameSync(staged, join(output, name))
}
