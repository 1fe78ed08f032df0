import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join, resolve } from 'node:path'
import type { BuildOptions, buildSync, transformSync } from 'esbuild'
import { SourceError } from './source-error.host.ts'

interface Compiler {
  readonly transformSync: typeof transformSync
  readonly buildSync: typeof buildSync
}

/** What is compiled alone and together must come out alike. */
const common = {
  target: 'node24',
  jsx: 'automatic',
  sourcemap: 'inline',
  sourcesContent: false,
  logLevel: 'silent',
} as const satisfies BuildOptions

/** Compiled with the first file, and not asked for yet, by path. */
const ahead = new Map<string, string>()
let isFirst = true

/**
 * JavaScript of a TypeScript, TSX or JSX file, with a source map. The compiler is another process: it costs this one no memory. The files
 * that the first one imports are compiled with it, so that it starts twice, not once for each. Throws `SourceError`.
 */
export function compileFile(path: string): string {
  if (isFirst) compileAhead(path)
  isFirst = false
  const code = ahead.get(path)
  ahead.delete(path)
  return code ?? compileAlone(path)
}

/** Throws `SourceError`, whose message begins with file, line and column. */
export function compileAlone(path: string): string {
  try {
    return compiler().transformSync(readFileSync(path, 'utf8'), {
      ...common,
      loader: loaderOf(path),
      format: path.endsWith('.cts') ? 'cjs' : 'esm',
      sourcefile: path,
      tsconfigRaw: nearestTsconfig(dirname(path)),
    }).code
  } catch (error) {
    const [first] = (error as CompileFailure).errors ?? []
    if (first === undefined) throw error
    const position = first.location === null ? '' : `:${first.location.line}:${first.location.column + 1}`
    throw new SourceError(`${path}${position}: ${first.text}`)
  }
}

/** What cannot be compiled together is compiled alone, where its error is seen. */
function compileAhead(entry: string): void {
  try {
    const paths = importedBy(entry)
    if (paths.length < 2) return
    // Each output lies where its source does, so that the maps name the sources.
    const { outputFiles } = compiler().buildSync({
      ...common,
      entryPoints: [...paths],
      format: 'esm',
      write: false,
      outdir: '/',
      outbase: '/',
    })
    const byOutput = new Map(paths.map((path) => [path.slice(0, -extname(path).length), path]))
    for (const { path, text } of outputFiles) {
      const source = byOutput.get(path.replace(/\.m?js$/, ''))
      if (source !== undefined) ahead.set(source, text)
    }
  } catch {
    ahead.clear()
  }
}

const compiledTogether: ReadonlySet<string> = new Set(['.ts', '.mts', '.tsx', '.jsx'])

function importedBy(entry: string): readonly string[] {
  const { metafile } = compiler().buildSync({
    entryPoints: [entry],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  return Object.keys(metafile.inputs)
    .map((path) => resolve(path))
    .filter((path) => compiledTogether.has(extname(path)) && !path.includes('node_modules'))
}

let loaded: Compiler | undefined

/** Otherwise it keeps a thread here and a process beside for later calls, as long as the app lives. */
const keepNothing = 'ESBUILD_WORKER_THREADS'

function compiler(): Compiler {
  if (loaded !== undefined) return loaded
  const before = process.env[keepNothing]
  process.env[keepNothing] = '0'
  loaded = createRequire(import.meta.url)('esbuild') as Compiler
  if (before === undefined) delete process.env[keepNothing]
  else process.env[keepNothing] = before
  return loaded
}

function loaderOf(path: string): 'js' | 'jsx' | 'ts' | 'tsx' {
  if (/\.[cm]?js$/.test(path)) return 'js'
  if (path.endsWith('.jsx')) return 'jsx'
  return path.endsWith('.tsx') ? 'tsx' : 'ts'
}

interface CompileFailure {
  readonly errors?: readonly {
    readonly text: string
    readonly location: { readonly line: number; readonly column: number } | null
  }[]
}

/** For `jsxImportSource` and the like; the compiler reads nothing else of it. */
function nearestTsconfig(folder: string): string {
  const path = join(folder, 'tsconfig.json')
  if (existsSync(path)) return readFileSync(path, 'utf8')
  const parent = dirname(folder)
  return parent === folder ? '{}' : nearestTsconfig(parent)
}
