import { discardingWriter } from './answer-writer.host.ts'
import { emptyBody } from './empty-body.ts'
import type { ProgramContext, ProgramFunction, WarmContext } from './program.ts'
import type { WarmUp } from './options.ts'

/** Calls that must take about the same time before warming ends early, and how much the slowest may exceed the median. */
const steadyCalls = 5
const steadySpread = 1.5

const defaultRounds = 50
const defaultMaxMs = 2_000

/** The program's module after it was imported and evaluated. */
export class LoadedProgram {
  readonly #exports: Readonly<Record<string, unknown>>
  readonly #options: unknown

  constructor(exports: Readonly<Record<string, unknown>>, options: unknown) {
    this.#exports = exports
    this.#options = options
  }

  static async load(url: string, options: unknown): Promise<LoadedProgram> {
    return new LoadedProgram((await import(url)) as Record<string, unknown>, options)
  }

  /** The function at a path such as `default.fetch`, bound to the object that holds it; undefined when there is none. */
  find(path: string): ProgramFunction | undefined {
    let holder: unknown
    let value: unknown = this.#exports
    for (const key of path.split('.')) {
      holder = value
      value = (value as Record<string, unknown> | null | undefined)?.[key]
    }
    return typeof value === 'function' ? (value as ProgramFunction).bind(holder) : undefined
  }

  /** Calls the program's own `warm`, then the invocations that the engine's user gave. */
  async warm(warmUp: WarmUp | null): Promise<void> {
    const own = (this.find('warm') ?? this.find('default.warm')) as ((context: WarmContext) => unknown) | undefined
    await own?.({ options: this.#options })
    if (warmUp === null) return
    const name = warmUp.export ?? 'default'
    const target = this.find(name)
    if (target === undefined) throw new Error(`the program has no function "${name}" to warm`)
    const { inputs, rounds = defaultRounds, maxMs = defaultMaxMs } = warmUp
    const context = warmingContext(this.#options)
    const lastMs: number[] = []
    const untilMs = performance.now() + maxMs
    for (let round = 0; round < rounds && performance.now() < untilMs && !isSteady(lastMs); round += 1) {
      const startedAtMs = performance.now()
      await target(inputs[round % inputs.length], context)
      lastMs.push(performance.now() - startedAtMs)
    }
  }
}

function isSteady(timesMs: readonly number[]): boolean {
  const last = timesMs.slice(-steadyCalls).toSorted((a, b) => a - b)
  const median = last[Math.floor(steadyCalls / 2)] ?? 0
  return timesMs.length >= steadyCalls * 2 && (last.at(-1) ?? 0) <= median * steadySpread
}

/** An invocation without a caller: nothing comes in, and what is written goes nowhere. */
function warmingContext(options: unknown): ProgramContext {
  return {
    tenant: 'warm-up',
    options,
    signal: new AbortController().signal,
    draining: new AbortController().signal,
    body: emptyBody(),
    respond: () => discardingWriter(),
    call: () => Promise.reject(new Error('there is no service to call while a host warms up')),
  }
}
