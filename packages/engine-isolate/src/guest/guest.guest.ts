import { receiveReply } from './calls.guest.ts'
import { createConsole } from './console.guest.ts'
import { define, lockDown } from './lockdown.guest.ts'
import {
  createModules,
  installLazyGlobals,
  type GuestModules,
  type LoadBundle,
  type NativeDoor,
} from './modules.guest.ts'
import { primordials } from './primordials.guest.ts'
import { checkBody, fail, startBody, startModule, type StartValues } from './program.guest.ts'
import type { AsyncFunctionConstructor, GuestState } from './state.guest.ts'
import { outdateReading, readState } from './reading.guest.ts'
import { createTimers, fireDueTimer } from './timers.guest.ts'

/**
 * What the host calls: `start` runs a body, `check` compiles it alone, `module` prepares for a module, `exports` names those of an allowed module, `tick` fires
 * timers, `reply` answers a call, `read` says what has become of it.
 */
export type GuestOperation = 'start' | 'check' | 'module' | 'exports' | 'tick' | 'reply' | 'read'
export type GuestEntry = (operation: GuestOperation, ...values: (string | number | ArrayBuffer)[]) => string | void

/** Level, message, and milliseconds since the start; the level `truncated` says that the rest was cut. */
export type EmitLog = (level: string, message: string, atMs: number) => void

/** Everything a guest may tell or ask its host. A copy of each argument leaves the isolate. */
export interface GuestDoors {
  readonly emitLog: EmitLog
  /** What `read` would return; an empty text when it should be asked. */
  readonly emitReading: (text: string) => void
  readonly emitCall: (callId: number, name: string, meta: string, body: ArrayBuffer | undefined) => void
  readonly emitCancel: (callId: number) => void
  readonly loadBundle: LoadBundle
  readonly native: NativeDoor
}

export type DoorList = readonly [
  emitLog: GuestDoors['emitLog'],
  emitReading: GuestDoors['emitReading'],
  emitCall: GuestDoors['emitCall'],
  emitCancel: GuestDoors['emitCancel'],
  /** Without bundles there are no modules and no Web APIs. */
  loadBundle?: GuestDoors['loadBundle'],
  native?: GuestDoors['native'],
]

/** Prepares a new context and returns its only door to the host. */
export function installGuest(
  ...[emitLog, emitReading, emitCall, emitCancel, loadBundle, native]: DoorList
): GuestEntry {
  const global = globalThis as unknown as Record<string, unknown>
  const AsyncFunction = async function () {}.constructor as AsyncFunctionConstructor
  const { now } = primordials
  let startedAtMs = 0
  const changed = (): void => outdateReading(state)
  const state: GuestState = {
    run: 0,
    program: undefined,
    status: 'new',
    begun: false,
    settled: '',
    logBytesLeft: 0,
    outputBytes: 0,
    truncationTold: false,
    told: 'nothing',
    timers: { waiting: new Map(), nextId: 1, changed },
    calls: { waiting: new Map(), nextId: 1, left: 0, changed, emit: emitCall, emitCancel },
    emitLog: (level, message) => emitLog(level, message, now() - startedAtMs),
    emitReading,
    emitTruncated: () => {
      if (!state.truncationTold) emitLog('truncated', '', now() - startedAtMs)
      state.truncationTold = true
    },
    fail: (error) => fail(state, error),
  }
  const modules = createModules(state, loadBundle, native)
  installGlobals(global, state, modules)
  if (loadBundle !== undefined) installLazyGlobals(global, modules)
  lockDown(global)
  return (operation, ...values) => {
    if (operation === 'read') return readState(state, now())
    if (operation === 'tick') return tick(state, now())
    if (operation === 'reply') return receiveReply(state, ...(values as unknown as [number, string, ArrayBuffer]))
    if (operation === 'exports') return exportNames(modules, values[0] as string)
    if (operation === 'check') return checkBody(state, AsyncFunction, values[0] as string)
    startedAtMs = now()
    if (operation === 'module') return startModule(state, modules, values as unknown as StartValues)
    return startBody(state, modules, AsyncFunction, values as unknown as StartValues)
  }
}

export function installGlobals(global: Record<string, unknown>, state: GuestState, modules: GuestModules): void {
  define(global, 'console', createConsole(state, modules))
  for (const [name, timer] of Object.entries(createTimers(state.timers))) define(global, name, timer)
  define(global, 'queueMicrotask', (callback: () => void): void => {
    if (typeof callback !== 'function') throw new TypeError('The microtask must be a function')
    void runMicrotask(state, callback)
  })
  define(global, 'require', modules.require)
  define(global, 'global', global)
}

export async function runMicrotask(state: GuestState, callback: () => void): Promise<void> {
  await Promise.resolve()
  try {
    callback()
  } catch (error) {
    state.fail(error)
  }
}

/** A JSON list of the names that `import { … }` can use; the program has not run yet. */
export function exportNames(modules: GuestModules, name: string): string {
  const exports = Object(modules.require(name)) as object
  return primordials.jsonStringify(
    Object.keys(exports).filter((key) => key !== 'default' && /^[\p{L}_$][\p{L}\d_$]*$/u.test(key)),
  )
}

export function tick(state: GuestState, nowMs: number): undefined {
  try {
    fireDueTimer(state, nowMs)
  } catch (error) {
    state.fail(error)
  }
}
