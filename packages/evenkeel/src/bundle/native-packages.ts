import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

interface Manifest {
  readonly name?: string
  readonly gypfile?: boolean
  readonly binary?: unknown
  readonly napi?: unknown
  readonly dependencies?: Readonly<Record<string, string>>
}

/** Packages that load addons. Whoever depends on one has an addon. */
const loaders = [
  'bindings',
  'node-gyp-build',
  'prebuild-install',
  '@mapbox/node-pre-gyp',
  'node-pre-gyp',
  'node-addon-api',
]

const inside = Symbol('resolving')

/** Keeps packages with a native addon outside: what loads the addon looks for it beside its own file. */
export function nativePackages(): { readonly plugin: Plugin } {
  const known = new Map<string, boolean>()
  return {
    plugin: {
      name: 'native-packages',
      setup(build) {
        build.onResolve(
          { filter: /^[^./]/ },
          async ({ path, pluginData, kind, importer, resolveDir, with: attributes }) => {
            if (pluginData === inside || kind === 'entry-point' || path.startsWith('node:')) return undefined
            const options = { kind, importer, resolveDir, with: attributes, pluginData: inside }
            const resolved = await build.resolve(path, options)
            if (resolved.errors.length > 0 || resolved.external) return resolved
            return isNative(resolved.path, known) ? { path, external: true } : resolved
          },
        )
      },
    },
  }
}

function isNative(file: string, known: Map<string, boolean>): boolean {
  const folder = packageFolder(file)
  if (folder === undefined) return false
  const before = known.get(folder)
  if (before !== undefined) return before
  const native = hasAddon(folder)
  known.set(folder, native)
  return native
}

function hasAddon(folder: string): boolean {
  const {
    gypfile,
    binary,
    napi,
    dependencies = {},
  } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  if (gypfile === true || binary !== undefined || napi !== undefined || existsSync(join(folder, 'binding.gyp')))
    return true
  return existsSync(join(folder, 'prebuilds')) || loaders.some((name) => Object.hasOwn(dependencies, name))
}

/** The nearest folder with a named manifest, below `node_modules`. */
function packageFolder(file: string): string | undefined {
  if (!file.includes('node_modules')) return undefined
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as Manifest).name !== undefined)
      return folder
  }
  return undefined
}
