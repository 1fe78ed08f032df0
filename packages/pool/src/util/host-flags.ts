import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** Flags with which a host runs an entry from source; none for one that was built. */
export function sourceFlags(entry: string): readonly string[] {
  return entry.endsWith('.ts') ? ['--conditions=@evenkeel/source', '--disable-warning=ExperimentalWarning'] : []
}

/**
 * Flags of the permission model that let a host read the package of its entry and the packages it imports, and nothing else. A package
 * of a package is written as a path: `isolated-vm/node-gyp-build`. Throws when one is not installed.
 */
export function readFlags(entry: string, packages: readonly string[]): readonly string[] {
  const own = packageFolder(entry)
  const folders = [own, ...packages.map((path) => installed(own, path))]
  // A linked package is looked up by its link and loaded from where it really is.
  const both = folders.flatMap((folder) => [folder, realpathSync(folder)])
  return [...new Set(both)].map((folder) => `--allow-fs-read=${join(folder, '*')}`)
}

/** The folder that holds a file's `package.json`: the one above `src`, `dist`, or the file itself. */
function packageFolder(file: string): string {
  const parts = dirname(file).split(sep)
  const inside = parts.findLastIndex((part) => part === 'src' || part === 'dist')
  return (inside === -1 ? parts : parts.slice(0, inside)).join(sep)
}

/** Follows names of packages, each from the folder of the one before; a name may have a scope. */
function installed(from: string, path: string): string {
  const names = path.match(/(?:@[^/]+\/)?[^/]+/g) ?? []
  return names.reduce((folder, name) => nearest(realpathSync(folder), name), from)
}

/** Where a package finds one of its dependencies: the nearest `node_modules` above it. */
function nearest(from: string, name: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(candidate)) return candidate
  }
  throw new Error(`the package "${name}" is not installed beside ${from}`)
}
