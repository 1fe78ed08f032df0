import { fileURLToPath } from 'node:url'
import { readFlags, sourceFlags, type Engine, type HostLaunch, type HostLimits } from '@evenkeel/pool/engine'

export interface QuickjsEngineOptions {
  /** Worlds made ahead in each host, 3 MiB each. Default 4. */
  readonly blanks?: number
}

const baseResidentMb = 224

/** A running world, and one that is gone and not yet collected. */
const overshoot = 2

/** Deeply nested data recurses on the thread's stack, in the interpreter and in V8 below it, in KiB. The thread has 8 MiB. */
const stackKib = 4_000

/** Programs run on the host's main thread; the deadline of each is the supervisor's, so silence alone proves nothing soon. */
const maxSilentMs = 120_000

/**
 * Blocks in QuickJS, compiled to WebAssembly: no code is compiled at run time, every builtin can be interrupted, and memory is counted to
 * the byte. Six times slower than V8. Each run has a WebAssembly instance of its own, which is thrown away after it.
 */
export function quickjsEngine(options: QuickjsEngineOptions = {}): Engine {
  const { blanks = 4 } = options
  const entry = fileURLToPath(import.meta.resolve('#host'))
  const nodeFlags = hostFlags(entry)
  return {
    name: 'quickjs',
    freshness: ['context', 'isolate'],
    launch: (limits: HostLimits): HostLaunch => ({
      entry,
      nodeFlags,
      env: {},
      config: { blanks, blankMemoryMb: limits.memoryMb },
      residentMb: baseResidentMb + limits.memoryMb * overshoot,
      maxSilentMs,
      nicerBy,
    }),
  }
}

/** As hosts of isolates are: the gateway answers first. */
const nicerBy = 5

function hostFlags(entry: string): readonly string[] {
  const quickjs = '@jitl/quickjs-ng-wasmfile-release-sync'
  const packages = ['@evenkeel/pool', '@evenkeel/engine-isolate', 'quickjs-emscripten-core', quickjs]
  const types = [`quickjs-emscripten-core/@jitl/quickjs-ffi-types`, `${quickjs}/@jitl/quickjs-ffi-types`]
  return [
    '--permission',
    '--expose-gc',
    '--disable-warning=SecurityWarning',
    `--stack-size=${stackKib}`,
    ...sourceFlags(entry),
    ...readFlags(entry, [...packages, ...types]),
  ]
}
