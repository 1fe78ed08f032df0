/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out. npm drops a platform's package from the lock
 * when the registry it asked has no copy of it, and `npm ci` then refuses the lock. Run by `npm run lock`, after `npm install`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

interface LockedPackage {
  version?: string
  optionalDependencies?: Record<string, string>
  [field: string]: unknown
}

interface Lock {
  packages: Record<string, LockedPackage>
}

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'wasi',
  'win32',
] as const
const processors = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'x64',
  'wasm32',
] as const

const path = resolve(import.meta.dirname, '..', 'package-lock.json')
const lock = JSON.parse(readFileSync(path, 'utf8')) as Lock
const added = missingOptionals(lock)
const packages = Object.entries({ ...lock.packages, ...added }).toSorted(([first], [second]) =>
  first < second ? -1 : 1,
)
writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, undefined, 2)}\n`)
console.log(`${Object.keys(added).length} packages of other platforms added to the lock`)

function missingOptionals({ packages: locked }: Lock): Record<string, LockedPackage> {
  const missing: Record<string, LockedPackage> = {}
  for (const [parent, { optionalDependencies = {}, dev }] of Object.entries(locked)) {
    for (const [name, range] of Object.entries(optionalDependencies)) {
      if (isLocked(locked, parent, name)) continue
      const folder = parent.includes('node_modules/') ? parent.slice(0, parent.lastIndexOf('node_modules/')) : ''
      missing[`${folder}node_modules/${name}`] = {
        version: range.replace(/^[\^~]/, ''),
        ...(dev === true ? { dev } : {}),
        ...platformOf(name),
        optional: true,
      }
    }
  }
  return missing
}

/** Looks where Node would: beside the parent's dependencies, then in every `node_modules` above it. */
function isLocked(locked: Lock['packages'], parent: string, name: string): boolean {
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (locked[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true
    if (folder === '') return false
  }
}

/** Platform packages carry their platform in the name, such as `@oxfmt/binding-linux-arm64-musl`. */
function platformOf(name: string): Record<string, readonly string[]> {
  const words = (name.split('/').at(-1) ?? '').split(/[-_.]/)
  const system = systems.find((each) => words.includes(each))
  const processor = processors.find((each) => words.includes(each))
  const libc = words.find((word) => word.startsWith('musl')) === undefined ? undefined : 'musl'
  return {
    ...(system === undefined ? {} : { os: [system] }),
    ...(processor === undefined ? {} : { cpu: [processor] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
  }
}
