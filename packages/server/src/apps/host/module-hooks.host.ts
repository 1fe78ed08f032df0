import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileAlone, compileFile } from './compile-file.host.ts'

const compiled: ReadonlySet<string> = new Set(['.ts', '.mts', '.cts', '.tsx', '.jsx'])
const packages: RegExp = /[\\/]node_modules[\\/]/

/** Files that were loaded since the hooks are in place, those of packages left out. */
export const loadedFiles: Set<string> = new Set()

type Resolve = Parameters<typeof registerHooks>[0]['resolve']
type Load = Parameters<typeof registerHooks>[0]['load']

/** Lets an app import TypeScript, TSX and JSON without a build. To be called once, before the app is imported. */
export function installModuleHooks(): void {
  registerHooks({ resolve: resolveModule as NonNullable<Resolve>, load: loadModule as NonNullable<Load> })
}

const resolveModule: NonNullable<Resolve> = (specifier, context, nextResolve) => {
  const resolved = resolveLoosely(specifier, context, nextResolve)
  if (!resolved.url.endsWith('.json')) return resolved
  return { ...resolved, importAttributes: { ...resolved.importAttributes, type: 'json' } }
}

/** As TypeScript does: without an extension, and `./x.js` for a file `x.ts`. */
const resolveLoosely: NonNullable<Resolve> = (specifier, context, nextResolve) => {
  try {
    return nextResolve(specifier, context)
  } catch (error) {
    const found = guess(specifier, context.parentURL)
    if (found === undefined) throw error
    return nextResolve(found, context)
  }
}

const guesses: readonly string[] = [
  '.ts',
  '.tsx',
  '.js',
  '.jsx',
  '.mts',
  '.json',
  '/index.ts',
  '/index.tsx',
  '/index.js',
]

function guess(specifier: string, parentUrl: string | undefined): string | undefined {
  if (!/^\.{1,2}\//.test(specifier) || parentUrl?.startsWith('file:') !== true) return undefined
  const base = specifier.replace(/\.[cm]?jsx?$/, '')
  const found = guesses.find((end) => existsSync(fileURLToPath(new URL(base + end, parentUrl))))
  return found === undefined ? undefined : base + found
}

const loadModule: NonNullable<Load> = (url, context, nextLoad) => {
  if (!url.startsWith('file:')) return nextLoad(url, context)
  const path = fileURLToPath(url)
  if (packages.test(path)) return nextLoad(url, context)
  loadedFiles.add(path)
  if (!compiled.has(extname(path))) return nextLoad(url, context)
  const format = path.endsWith('.cts') ? 'commonjs' : 'module'
  return { format, source: compileFile(path), shortCircuit: true }
}

/** Node does not say where the syntax error of a script is: the compiler does, and throws. */
export function findSyntaxError(): void {
  for (const path of loadedFiles) if (/\.[cm]?js$/.test(path)) compileAlone(path)
}
