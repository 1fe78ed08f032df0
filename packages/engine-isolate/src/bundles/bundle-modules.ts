import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { ensureBundles } from './ensure-bundles.ts'
import { packageFolder } from './package-folder.ts'

/** Bundles that an operator adds to the allow-list. Dispose of it after the pool that uses it. */
export interface AddedModules extends Disposable {
  /** For `isolateEngine({ moduleFolders })`. */
  readonly folder: string
}

export interface AddModulesOptions {
  /** Names of npm packages, or paths inside them, as a block requires them. */
  readonly names: readonly string[]
  /** Folder whose `node_modules` has the packages. */
  readonly root: string
}

interface IndexedBundle {
  readonly file: string
  readonly sha256: string
  readonly names: readonly string[]
}

/**
 * Makes npm packages loadable in blocks, with esbuild. What the allow-list has already is shared, not copied. Rejects when esbuild is
 * not installed, or when a package cannot be found or bundled; the message names it.
 */
export async function bundleModules({ names, root }: AddModulesOptions): Promise<AddedModules> {
  const { build } = await import('esbuild').catch((cause: unknown) => {
    throw new Error('adding modules needs the package "esbuild", which is not installed', { cause })
  })
  const plugin = sharedModules()
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-modules-'))
  const bundles: Record<string, IndexedBundle> = {}
  try {
    for (const [index, name] of [...new Set(names)].entries()) {
      const { outputFiles } = await build({
        stdin: { contents: `module.exports = require(${JSON.stringify(name)})`, resolveDir: root },
        bundle: true,
        write: false,
        format: 'cjs',
        target: 'esnext',
        platform: 'browser',
        define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
        minifyWhitespace: true,
        legalComments: 'none',
        charset: 'utf8',
        logLevel: 'silent',
        plugins: [plugin],
      })
      const text = `(function (module, exports, require) {${outputFiles[0]?.text ?? ''}\n})`
      const file = `module-${index}.js`
      writeFileSync(join(folder, file), text)
      bundles[`added/${name}`] = { file, sha256: createHash('sha256').update(text).digest('hex'), names: [name] }
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    const [problem] = (error as { errors?: { text: string }[] }).errors ?? []
    throw new Error(`a module could not be bundled: ${problem?.text ?? (error as Error).message}`, { cause: error })
  }
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ bundles }))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Requires of what every block can require stay requires; what Node has and an isolate has not is empty. */
function sharedModules(): Plugin {
  const own = packageFolder(fileURLToPath(import.meta.url))
  const index = JSON.parse(readFileSync(join(ensureBundles(own), 'index.json'), 'utf8')) as {
    bundles: Record<string, IndexedBundle>
  }
  const known = new Set(Object.values(index.bundles).flatMap(({ names }) => names))
  return {
    name: 'shared-modules',
    setup(bundler) {
      bundler.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        if (importer === '<stdin>') return undefined
        if (known.has(path)) return { path, external: true }
        return builtinModules.includes(path.replace(/^node:/, '')) ? { path, namespace: 'absent' } : undefined
      })
      bundler.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {}' }))
    },
  }
}
