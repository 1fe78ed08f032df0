import { describeError, describeErrorSafely } from './errors.guest.ts'
import { define } from './lockdown.guest.ts'
import type { GuestModules } from './modules.guest.ts'
import { primordials } from './primordials.guest.ts'
import { tellReading } from './reading.guest.ts'
import { writeResult } from './result.guest.ts'
import type { AsyncFunctionConstructor, GuestState } from './state.guest.ts'

/** Source, input as JSON, and a `GuestSettings` as JSON. */
export type StartValues = readonly [source: string, input: string, settings: string]

/** What the host tells of a run. */
export interface GuestSettings {
  readonly logBytes: number
  readonly outputBytes: number
  readonly hostCalls: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly memoryMb: number
  readonly run: {
    readonly id?: string
    readonly env?: Record<string, string>
    readonly secrets?: Record<string, string>
  }
}

/** Runs a body. An empty source runs the program that this context compiled before: its globals persist. */
export function startBody(
  state: GuestState,
  modules: GuestModules,
  AsyncFunction: AsyncFunctionConstructor,
  [source, input, settings]: StartValues,
): void {
  prepareRun(state, modules, input, settings)
  if (source === '' || compileBody(state, AsyncFunction, source)) begin(state)
}

/** Compiles without running anything. */
export function checkBody(state: GuestState, AsyncFunction: AsyncFunctionConstructor, source: string): void {
  if (!compileBody(state, AsyncFunction, source)) return
  state.program = undefined
  state.status = 'done'
  state.settled = 'true'
}

/** The body is compiled as the body of an async function, by V8 itself, so no text can close the function early. */
export function compileBody(state: GuestState, AsyncFunction: AsyncFunctionConstructor, source: string): boolean {
  try {
    state.program = new AsyncFunction(`"use strict";\n${source}\n//# sourceURL=block.js`)
    return true
  } catch (error) {
    state.status = 'failed'
    state.settled = primordials.jsonStringify({ ...describeError(error, 0), kind: 'syntax' })
    return false
  }
}

export function prepareRun(state: GuestState, modules: GuestModules, input: string, settings: string): void {
  const { logBytes, outputBytes, hostCalls, ...rest } = primordials.jsonParse(settings) as GuestSettings
  state.run += 1
  state.status = 'pending'
  state.begun = false
  state.settled = ''
  state.logBytesLeft = logBytes
  state.truncationTold = false
  state.told = 'nothing'
  state.timers.waiting.clear()
  state.calls.waiting.clear()
  state.outputBytes = outputBytes
  state.calls.left = hostCalls
  define(globalThis, 'input', primordials.jsonParse(input))
  const startedAtMs = primordials.now()
  Object.defineProperty(globalThis, 'ctx', {
    get: () => {
      const context = createRunContext(rest, startedAtMs, modules)
      define(globalThis, 'ctx', context)
      return context
    },
    set: (value: unknown) => {
      define(globalThis, 'ctx', value)
    },
    configurable: true,
  })
}

/** The second argument of a module's function, and the global `ctx` of a body. */
export function createRunContext(
  { run, wallMs, cpuMs, memoryMb }: Pick<GuestSettings, 'run' | 'wallMs' | 'cpuMs' | 'memoryMb'>,
  startedAtMs: number,
  modules: GuestModules,
): object {
  let signal: unknown
  return Object.freeze({
    id: run.id ?? '',
    executionId: run.id ?? '',
    env: Object.freeze(run.env ?? {}),
    secrets: Object.freeze(run.secrets ?? {}),
    limits: Object.freeze({ wallMs, cpuMs, memoryMb }),
    deadlineMs: startedAtMs + wallMs,
    /** Aborts when four fifths of the wall time are over, so that there is time to answer. */
    get signal(): unknown {
      type Events = { deadlineSignal(delayMs: number, message: string): unknown }
      const events = modules.internal('web/events') as Events
      return (signal ??= events.deadlineSignal(
        startedAtMs + wallMs * 0.8 - primordials.now(),
        'The run is near its time limit',
      ))
    },
  })
}

/**
 * The module form. Its text is compiled outside; the function left on the global is taken away by the first module that is evaluated,
 * before the program's own, and receives the program's exports.
 */
export function startModule(state: GuestState, modules: GuestModules, [, input, settings]: StartValues): void {
  prepareRun(state, modules, input, settings)
  define(globalThis, '__deliver', (exports: Record<string, unknown>) => {
    state.program = () => runExports(exports)
    begin(state)
  })
}

/** A function is called; anything else is the result itself. */
export async function runExports(exports: Record<string, unknown>): Promise<unknown> {
  const { input, ctx } = globalThis as unknown as { input: unknown; ctx: unknown }
  for (const name of ['default', 'run', 'handler', 'main']) {
    if (!(name in exports)) continue
    const value = exports[name]
    if (typeof value === 'function') return (await value(input, ctx)) as unknown
    if (name !== 'default') continue
    const holder = value as { run?: unknown } | null
    if (typeof holder === 'object' && holder !== null && typeof holder.run === 'function')
      return (await holder.run(input, ctx)) as unknown
    return value
  }
  throw Object.assign(
    new Error('The module exports nothing to run: export default a function, or one named run, handler or main'),
    {
      name: 'ValidationError',
    },
  )
}

export function begin(state: GuestState): void {
  state.begun = true
  void settle(state, state.run)
}

/** What a run of before still does settles nothing now. */
export async function settle(state: GuestState, run: number): Promise<void> {
  try {
    // Not called as a method: `this` of the program would be the guest's own state.
    const { program } = state
    const value = await program?.()
    if (state.run === run) succeed(state, value)
  } catch (error) {
    if (state.run === run) state.fail(error)
  }
}

export function succeed(state: GuestState, value: unknown): void {
  if (state.status !== 'pending') return
  const written = writeResult(value, state.outputBytes)
  state.status = 'json' in written ? 'done' : 'failed'
  state.settled = 'json' in written ? written.json : primordials.jsonStringify(written.failure)
  tellReading(state)
}

export function fail(state: GuestState, error: unknown): void {
  if (state.status !== 'pending') return
  state.settled = primordials.jsonStringify(describeErrorSafely(error))
  state.status = 'failed'
  tellReading(state)
}
