import { programError, type StartValues } from '@evenkeel/engine-isolate/guest'
import type {
  EndReason,
  Invocation,
  InvocationPort,
  LogEntry,
  Outcome,
  ProgramError,
  Usage,
  Warning,
} from '@evenkeel/pool/engine'
import type { EntryFailure, World, WorldReading } from './world.host.ts'

const logLevels: ReadonlySet<string> = new Set(['debug', 'info', 'log', 'warn', 'error'])

/** How often the processor clock is read while a program runs: reading it costs more than the wall clock, in milliseconds. */
const cpuCheckMs = 5

export interface QuickjsRunParts {
  readonly invocation: Invocation
  readonly source: string
  readonly world: World
  readonly port: InvocationPort
  readonly stocked: boolean
  readonly initMs: number
}

/** One run of a block. The thread is its own while it runs; it waits for its timers without holding the running place. */
export class QuickjsRun {
  readonly #parts: QuickjsRunParts
  readonly #startedAtMs: number = performance.now()
  #cpuMs = 0
  #logBytes = 0
  #reason: 'wall' | 'cpu' | undefined

  constructor(parts: QuickjsRunParts) {
    this.#parts = parts
  }

  async run(): Promise<Outcome> {
    const { world, port } = this.#parts
    world.doors = { emitLog: (level, message) => this.#log(level, message) }
    port.started()
    try {
      const reading = await this.#runToEnd()
      if (typeof reading === 'string') return this.#ended(reading)
      return 'kind' in reading ? this.#failed(reading, []) : this.#settled(reading)
    } catch (error) {
      // A guest without memory cannot even say what became of it; one that was tampered with says what is no answer.
      return this.#ended(world.isFull ? 'memory' : 'output', (error as Error).message)
    } finally {
      world.doors = undefined
    }
  }

  async #runToEnd(): Promise<WorldReading | EndReason | ProgramError> {
    const { invocation, source, world } = this.#parts
    const run = JSON.parse(invocation.context) as unknown
    const settings = JSON.stringify({ ...invocation.limits, hostCalls: 0, run })
    const values: StartValues = [source, invocation.input, settings]
    const isCheck = invocation.program.options['purpose'] === 'check'
    let failure = isCheck ? this.#enter('check', source) : this.#enter('start', ...values)
    for (;;) {
      if (failure !== undefined) return this.#endOf(failure)
      const reading = world.read()
      if (reading.status !== 'pending') return reading
      // A chain of microtasks ends without a word when there is no memory for the next.
      if (reading.wakeInMs === null) return world.isFull ? 'memory' : 'stalled'
      const reason = await this.#park(reading.wakeInMs)
      if (reason !== undefined) return reason
      failure = this.#enter('tick')
    }
  }

  /** One entry under all limits. */
  #enter(operation: string, ...values: readonly (string | number)[]): EntryFailure | undefined {
    const before = process.cpuUsage()
    const cpuMs = (): number => {
      const { user, system } = process.cpuUsage(before)
      return this.#cpuMs + (user + system) / 1_000
    }
    let nextCheckMs = performance.now() + cpuCheckMs
    const isOver = (): boolean => {
      const nowMs = performance.now()
      if (this.#wallLeftMs(nowMs) <= 0) this.#reason ??= 'wall'
      else if (nowMs >= nextCheckMs) {
        nextCheckMs = nowMs + cpuCheckMs
        if (this.#limitsCpu() && cpuMs() >= this.#parts.invocation.limits.cpuMs) this.#reason ??= 'cpu'
      }
      return this.#reason !== undefined
    }
    const failure = this.#parts.world.enter(isOver, operation, ...values)
    this.#cpuMs = cpuMs()
    return failure
  }

  /** A limit of the whole wall time or more says nothing of its own. */
  #limitsCpu(): boolean {
    const { cpuMs, wallMs } = this.#parts.invocation.limits
    return cpuMs < wallMs
  }

  #endOf(failure: EntryFailure): EndReason | ProgramError {
    if (failure === 'interrupted') return this.#reason ?? 'wall'
    if (failure === 'memory') return 'memory'
    return { kind: 'thrown', type: 'RangeError', message: 'Maximum call stack size exceeded' }
  }

  /** Waits for the next timer, the wall limit or a cancel, whichever comes first. */
  async #park(wakeInMs: number): Promise<EndReason | undefined> {
    const { port } = this.#parts
    if (port.signal.aborted) return 'cancelled'
    const leftMs = this.#wallLeftMs(performance.now())
    if (leftMs <= 0) return 'wall'
    port.parked()
    await wait(Math.min(wakeInMs, leftMs), port.signal)
    port.resumed()
    if (port.signal.aborted) return 'cancelled'
    return this.#wallLeftMs(performance.now()) <= 0 ? 'wall' : undefined
  }

  #wallLeftMs(nowMs: number): number {
    return this.#startedAtMs + this.#parts.invocation.limits.wallMs - nowMs
  }

  #settled(reading: WorldReading): Outcome {
    const warnings = warningsOf(reading)
    if (reading.status === 'failed') {
      const error = programError(positioned(reading.settled))
      if (saysMemory(error, this.#parts.world.isFull)) return this.#ended('memory')
      return this.#failed(error, warnings)
    }
    if (!isJson(reading.settled)) return this.#ended('output', 'the result is not JSON')
    const output = Buffer.from(reading.settled)
    if (output.byteLength > this.#parts.invocation.limits.outputBytes) return this.#ended('output')
    return { status: 'ok', output, usage: this.#usage(), warnings }
  }

  #failed(error: ProgramError, warnings: readonly Warning[]): Outcome {
    if (error.kind !== 'syntax') return { status: 'failed', error, usage: this.#usage(), warnings }
    const { stack: _stack, ...rest } = error
    return { status: 'failed', error: rest, usage: this.#usage(), warnings }
  }

  #ended(reason: EndReason, detail = ''): Outcome {
    return { status: 'ended', reason, detail, usage: this.#usage() }
  }

  #usage(): Usage {
    const { world, stocked, initMs } = this.#parts
    return {
      wallMs: performance.now() - this.#startedAtMs,
      cpuMs: this.#cpuMs,
      peakHeapBytes: world.bytes,
      start: stocked ? 'warm' : 'cold',
      initMs,
    }
  }

  /** The guest counts too, but a program that got hold of the door can call it as it likes. */
  #log(level: string, message: string): void {
    const { port, invocation } = this.#parts
    this.#logBytes += message.length + 64
    const over = this.#logBytes - 64 > invocation.limits.logBytes + 64
    if (level === 'truncated' || over) return port.logsTruncated()
    if (!logLevels.has(level)) return
    port.log({ level: level as LogEntry['level'], message, atMs: performance.now() - this.#startedAtMs })
  }
}

/** QuickJS throws an exhausted memory as an error that a program can catch, or null when there is no memory for an error. */
function saysMemory({ type, message }: ProgramError, isFull: boolean): boolean {
  return (type === 'InternalError' && message === 'out of memory') || (isFull && message === 'Uncaught null')
}

/** QuickJS does not take over the name that a program's text gives itself. */
function positioned(settled: string): string {
  const failure = JSON.parse(settled) as { stack?: unknown }
  if (typeof failure.stack !== 'string') return settled
  return JSON.stringify({ ...failure, stack: failure.stack.replaceAll('<input>:', 'block.js:') })
}

function wait(waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, waitMs)
    signal.addEventListener('abort', end, { once: true })
  })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function warningsOf({ timers }: WorldReading): Warning[] {
  if (!(timers > 0)) return []
  const message = `${timers} ${timers === 1 ? 'timer was' : 'timers were'} still waiting when the block settled and will not fire`
  return [{ code: 'EK_BLOCK_TIMERS_CUT', message }]
}
