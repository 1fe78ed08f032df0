import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readFlags, sourceFlags, type Engine, type HostLaunch, type HostLimits } from '@evenkeel/pool/engine'
import { ensureBundles } from './bundles/ensure-bundles.ts'
import { packageFolder } from './bundles/package-folder.ts'

export interface IsolateEngineOptions {
  /** Isolates made ahead in each host. Default 2. */
  readonly blanks?: number
  /** Idle isolates that belong to tenants, kept in each host. Default 8. */
  readonly maxIdleIsolates?: number
  /** Folders of `bundleModules`: what blocks can load besides the allow-list. Default none. */
  readonly moduleFolders?: readonly string[]
}

/** Heap overshoot of hostile programs before their limit acts, measured at up to 3 times the limit (isolated-vm's README says the same). */
const overshoot = 3
const baseResidentMb = 160

/**
 * Untrusted blocks in V8 isolates. Each host process runs under Node's permission model: it reads its own code and nothing else, and
 * has no network, no environment, no children and no threads of its own.
 */
export function isolateEngine(options: IsolateEngineOptions = {}): Engine {
  const { blanks = 2, maxIdleIsolates = 8, moduleFolders = [] } = options
  const entry = fileURLToPath(import.meta.resolve('#host'))
  const added = moduleFolders.map((folder) => realpathSync(folder))
  const nodeFlags = hostFlags(entry, added)
  const bundleFolders = [ensureBundles(packageFolder(entry)), ...added]
  return {
    name: 'isolate',
    freshness: ['context', 'isolate', 'reuse', 'process'],
    launch: (limits: HostLimits): HostLaunch => ({
      entry,
      nodeFlags,
      env: hostEnvironment,
      config: { blankMemoryMb: limits.memoryMb, blanks, maxIdle: maxIdleIsolates, bundleFolders },
      residentMb: baseResidentMb + limits.memoryMb * overshoot,
      ahead,
      nicerBy,
    }),
  }
}

/** Runs that a host has in hand beside the one that runs, so that short ones follow each other without a word from the gateway. */
const ahead = 2

/** A third of a processor that the gateway wants, too: half of the wait of its answers under overload was for runs (decision 009). */
const nicerBy = 5

/** Of the young generation of a heap: a block that makes garbage needs a sixth less processor time than with V8's own (decision 008). */
const semiSpaceMb = 8

const v8Flags = [
  // isolated-vm needs a process whose heap does not come from Node's snapshot.
  '--no-node-snapshot',
  // The pages of an isolate that is gone would wait for another that never asks for them: 128 MiB after one block that fills its heap.
  '--no-memory-pool-share-memory-on-teardown',
  `--max-semi-space-size=${semiSpaceMb}`,
]

/**
 * Nothing of the gateway's environment. glibc keeps ever larger freed blocks for itself once it has seen large ones; a fixed threshold
 * gives the buffers of a block that is over back to the system.
 */
const hostEnvironment = { MALLOC_MMAP_THRESHOLD_: '131072' }

/** The host loads this package, the pool's host half, isolated-vm with its loader, and the file that the loader probes. */
function hostFlags(entry: string, moreFolders: readonly string[]): readonly string[] {
  const flags = [...v8Flags, '--permission', '--allow-addons', '--disable-warning=SecurityWarning']
  const packages = ['@evenkeel/pool', 'isolated-vm', 'isolated-vm/node-gyp-build']
  const more = ['/etc/alpine-release', ...moreFolders.map((folder) => join(folder, '*'))]
  return [
    ...flags,
    ...sourceFlags(entry),
    ...readFlags(entry, packages),
    ...more.map((path) => `--allow-fs-read=${path}`),
  ]
}
