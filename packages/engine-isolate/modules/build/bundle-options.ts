import { join, relative } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'
import { bundles, type BundleSource } from '../catalogue.ts'
import { pinyinDictionaries } from './pinyin-dictionaries.ts'

const root: string = join(import.meta.dirname, '..')

/** What code that takes its globals from `globalThis` when it is loaded gets as such: it must not wake every lazy one. */
const globals: Readonly<Record<string, string>> = {
  'web/encoding': '{ decodeURIComponent, escape: real.escape }',
  'web/url': '{ decodeURIComponent, escape: real.escape }',
  'web/inspect':
    'Object.assign(Object.create(real), { FinalizationRegistry, SharedArrayBuffer, Atomics, WebAssembly })',
}
/** Their browser builds rely on natives that an isolate has not. */
const withoutNatives: ReadonlySet<string> = new Set(['web/encoding', 'web/url'])

export function buildOptions(id: string, source: BundleSource): BuildOptions {
  const own = source.entry.startsWith('./')
  return {
    entryPoints: [own ? join(root, source.entry) : source.entry],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'cjs',
    target: 'esnext',
    platform: 'browser',
    ...(withoutNatives.has(id) ? { platform: 'neutral', mainFields: ['module', 'main'] } : {}),
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'error',
    plugins: [sharedModules(id), pinyinDictionaries()],
  }
}

/** Imports of what is a bundle of its own stay imports, so that one class is one object; what a server has and an isolate has not is empty. */
function sharedModules(id: string): Plugin {
  const files = new Map(Object.entries(bundles).map(([each, { entry }]) => [join(root, entry), each]))
  const names = new Map(
    Object.entries(bundles).flatMap(([each, source]) => namesOf(source).map((name) => [name, each])),
  )
  return {
    name: 'shared-modules',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        const shared = files.get(join(resolveDir, path))
        return kind === 'entry-point' || shared === undefined || shared === id
          ? undefined
          : { path: shared, external: true }
      })
      onResolve({ filter: /^(evenkeel:|web\/|data\/)/ }, ({ path }) => ({ path, external: true }))
      onResolve(
        { filter: /^(node:)?(fs|http|https|http2|net|tls|zlib|os|tty|vm|nodejieba|@node-rs\/jieba)$/ },
        ({ path, kind }) => (kind === 'entry-point' ? undefined : { path, namespace: 'absent' }),
      )
      onResolve({ filter: /^process\/?$/ }, () => ({ path: 'web/runtime', external: true }))
      onResolve({ filter: /^[^.].*/ }, ({ path, kind, importer }) => {
        const shared = names.get(path.replace(/\/$/, ''))
        if (kind === 'entry-point' || shared === undefined || shared === id) return undefined
        // An own wrapper of a package imports that package itself.
        return bundles[id]?.from === packageName(path) && relative(root, importer).startsWith('node')
          ? undefined
          : { path: shared, external: true }
      })
      onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {}' }))
    },
  }
}

/** What the isolate does not have, for libraries that take its methods when they are loaded. Nothing is ever an instance of it. */
const absent: Readonly<Record<string, string>> = {
  SharedArrayBuffer:
    'class { constructor() { throw new TypeError("no shared memory") } get byteLength() { throw new TypeError("not shared") } get growable() { throw new TypeError("not shared") } slice() {} }',
  FinalizationRegistry: 'class { register() {} unregister() {} }',
  Atomics: '{}',
  WebAssembly: '{}',
  // Without transfer a copy is as good; the program's own `structuredClone` must not be woken for it.
  structuredClone: 'undefined',
}

/** The function that makes a bundle's exports, as the text of an expression. */
export function bundleText(id: string, built: string): string {
  const own = globals[id]
  const needed = own === undefined ? built : `${built} ${Object.keys(absent).join(' ')}`
  const shadows = Object.entries(absent)
    .filter(([name]) => new RegExp(`(?<![.\\w$'"])${name}(?![\\w$])`).test(needed))
    .map(([name, value]) => `const ${name} = ${value};`)
  if (own !== undefined) shadows.push(`const globalThis = ${own};`)
  return `(function (real) {${shadows.join('')}return function (module, exports, require) {${built}\n}})(globalThis)`
}

export function namesOf({ names = [], builtin }: BundleSource): string[] {
  return builtin === true ? names.flatMap((name) => [name, `node:${name}`]) : [...names]
}

export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
