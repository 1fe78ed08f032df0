import type { EndReason, Invocation, InvocationPort, LogEntry, Outcome, Usage, Warning } from '@evenkeel/pool/engine'
import type { StartValues } from '../guest/program.guest.ts'
import { bytesInto, CallBoard } from './call-board.host.ts'
import type { GuestContext, GuestReading } from './guest-context.host.ts'
import { ModuleForm, ModuleFormError } from './module-form.host.ts'
import { NativeWork } from './native/native-work.host.ts'
import { programError, thrownError, withHint } from './program-error.host.ts'
import type { RunningPlace } from './running-place.host.ts'
import { locateSyntaxError } from './syntax-error.host.ts'
import type { TenantIsolate } from './tenant-isolate.host.ts'
import { Watchdog } from './watchdog.host.ts'

const logLevels: ReadonlySet<string> = new Set(['debug', 'info', 'log', 'warn', 'error'])

export interface ExecutionParts {
  readonly invocation: Invocation
  readonly source: string
  readonly isolate: TenantIsolate
  readonly port: InvocationPort
  readonly place: RunningPlace
}

/** One run of a block in one isolate. Holds the running place on entry and on return, not while it waits. */
export class Execution {
  readonly #parts: ExecutionParts
  readonly #watchdog: Watchdog
  readonly #calls: CallBoard
  #native: NativeWork | undefined
  #rejections = 0
  #rejection: Error | undefined
  readonly #startedAtMs: number = performance.now()
  readonly #start: 'warm' | 'cold'
  #initMs = 0
  #logBytes = 0
  /** The program whose context is worth keeping: it has run to its end. */
  #kept: string | undefined
  #reused = false

  constructor(parts: ExecutionParts) {
    this.#parts = parts
    this.#start = parts.isolate.stocked || parts.isolate.used ? 'warm' : 'cold'
    this.#calls = new CallBoard(parts.port)
    const { limits } = parts.invocation
    this.#watchdog = new Watchdog({ limits, startedAtMs: this.#startedAtMs, isolate: parts.isolate, port: parts.port })
  }

  /** The isolate is disposed of by its owner when the outcome is not `ok` or `failed`. */
  async run(): Promise<Outcome> {
    const { invocation, isolate } = this.#parts
    const programId = invocation.freshness === 'reuse' ? invocation.program.id : undefined
    const reused = programId === undefined ? undefined : isolate.takeReusable(programId)
    const context = reused ?? isolate.takeContext()
    this.#reused = reused !== undefined
    this.#initMs = performance.now() - this.#startedAtMs
    context.doors = {
      emitLog: (level, message) => this.#log(level, message),
      emitCall: (...call) => this.#calls.emit(...call),
      emitCancel: (callId) => this.#calls.cancel(callId),
      native: (parameters) => (this.#native ??= new NativeWork()).run(parameters),
    }
    try {
      const reading = await this.#runToEnd(context, reused !== undefined)
      if (typeof reading !== 'string' && reading.begun) this.#kept = programId
      return typeof reading === 'string' ? this.#ended(reading) : await this.#settled(reading)
    } catch (error) {
      if (error instanceof ModuleFormError)
        return { status: 'failed', error: error.program, usage: this.#usage(), warnings: [] }
      return this.#ended(this.#watchdog.reason ?? reasonOf(error as Error), (error as Error).message)
    } finally {
      context.doors = undefined
      this.#calls[Symbol.dispose]()
      this.#native?.[Symbol.dispose]()
      if (this.#kept === undefined) context.release()
      else isolate.keepReusable(this.#kept, context)
    }
  }

  /** Enters the guest until it has settled; in between, it waits for its timers without holding the running place. */
  async #runToEnd(context: GuestContext, compiled: boolean): Promise<GuestReading | EndReason> {
    const { invocation, source } = this.#parts
    const { input, limits } = invocation
    this.#parts.port.started()
    const run = JSON.parse(invocation.context) as unknown
    const values: StartValues = [compiled ? '' : source, input, JSON.stringify({ ...limits, run })]
    const module = new ModuleForm(context, this.#parts.isolate)
    if (invocation.program.options['purpose'] === 'check') return this.#check(context, module, values)
    await this.#enter((timeoutMs) => context.enter(timeoutMs, 'start', ...values))
    for (let first = true; ; first = false) {
      const reading = context.read()
      if (first && (await this.#startedAsModule(reading, module, values))) continue
      if (reading.status !== 'pending') return reading
      if (this.#rejection !== undefined && module.started && !reading.begun)
        throw new ModuleFormError(thrownError(this.#rejection))
      if (reading.wakeInMs === null && this.#calls.pending === 0) return 'stalled'
      const reason = await this.#park(reading.wakeInMs ?? Infinity)
      if (reason !== undefined) return reason
      await this.#enterAgain(context)
    }
  }

  /** Compiles and runs nothing: the reading is `done`, or `failed` with a syntax error. */
  async #check(context: GuestContext, module: ModuleForm, [source]: StartValues): Promise<GuestReading> {
    await this.#enter((timeoutMs) => context.enter(timeoutMs, 'check', source))
    const reading = context.read()
    if (reading.status !== 'failed') return reading
    const { message } = programError(reading.settled)
    const isModule = await this.#enter(() => module.compiles(source, message))
    return isModule === true ? { ...reading, status: 'done', settled: 'true' } : reading
  }

  /** Text that is no function body may be a module. */
  async #startedAsModule(reading: GuestReading, module: ModuleForm, values: StartValues): Promise<boolean> {
    if (reading.status !== 'failed') return false
    const { kind, message } = programError(reading.settled)
    if (kind !== 'syntax') return false
    return (await this.#enter((timeoutMs) => module.start(timeoutMs, values, message))) !== false
  }

  /** One event an entry, so that microtasks run in between, as in an event loop. */
  async #enterAgain(context: GuestContext): Promise<void> {
    const reply = this.#calls.takeReply()
    await this.#enter((timeoutMs) => {
      if (reply === undefined) return context.enter(timeoutMs, 'tick')
      return context.enter(timeoutMs, 'reply', reply.callId, reply.text, bytesInto(reply.body))
    })
  }

  /** One entry under the watchdog. An entry also rejects when it leaves a rejected promise that nobody handles: that ends nothing. */
  async #enter<T>(enter: (timeoutMs: number) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#watchdog.watch(enter)
    } catch (error) {
      if (error instanceof ModuleFormError || this.#watchdog.ended) throw error
      this.#rejections += 1
      this.#rejection = error instanceof Error ? error : new Error(String(error))
      return undefined
    }
  }

  /** Waits for the next timer, a reply, the wall limit or a cancel, whichever comes first. A wait of under a millisecond keeps the place. */
  async #park(wakeInMs: number): Promise<EndReason | undefined> {
    if (this.#parts.port.signal.aborted) return 'cancelled'
    const leftMs = this.#watchdog.wallLeftMs()
    if (leftMs <= 0) return 'wall'
    if (wakeInMs < 1) return undefined
    const { place, port } = this.#parts
    place.release()
    port.parked()
    await this.#wait(Math.min(wakeInMs, leftMs))
    await place.take()
    port.resumed()
    if (port.signal.aborted) return 'cancelled'
    return this.#watchdog.wallLeftMs() <= 0 ? 'wall' : undefined
  }

  #wait(waitMs: number): Promise<void> {
    const { signal } = this.#parts.port
    return new Promise((resolve) => {
      const timer = setTimeout(end, waitMs)
      signal.addEventListener('abort', end, { once: true })
      const calls = this.#calls
      calls.onPosted(end)
      function end(): void {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        calls.onPosted(undefined)
        resolve()
      }
    })
  }

  async #settled(reading: GuestReading): Promise<Outcome> {
    const warnings = [...this.#rejectionWarnings(), ...warningsOf(reading)]
    if (reading.status === 'done') {
      if (!isJson(reading.settled)) return this.#ended('output', 'the result is not JSON')
      const output = Buffer.from(reading.settled)
      if (output.byteLength > this.#parts.invocation.limits.outputBytes) return this.#ended('output')
      return { status: 'ok', output, usage: this.#usage(), warnings }
    }
    const error = programError(reading.settled)
    const { source, isolate } = this.#parts
    if (error.kind !== 'syntax')
      return { status: 'failed', error: withHint(error, source), usage: this.#usage(), warnings }
    return { status: 'failed', error: await locateSyntaxError(error, source, isolate), usage: this.#usage(), warnings }
  }

  #rejectionWarnings(): Warning[] {
    if (this.#rejection === undefined) return []
    const { type, message, line } = thrownError(this.#rejection)
    const where = line === undefined ? '' : ` (line ${line})`
    const more = this.#rejections > 1 ? `, and ${this.#rejections - 1} more` : ''
    return [
      {
        code: 'EK_BLOCK_UNHANDLED_REJECTION',
        message: `A promise was rejected and nothing handled it: ${type}: ${message.slice(0, 500)}${where}${more}`,
      },
    ]
  }

  #ended(reason: EndReason, detail = ''): Outcome {
    return { status: 'ended', reason, detail, usage: this.#usage() }
  }

  #usage(): Usage {
    const { cpuMs } = this.#watchdog
    const { isolate } = this.#parts
    return {
      wallMs: performance.now() - this.#startedAtMs,
      cpuMs,
      peakHeapBytes: this.#reused ? isolate.heapBytesAfter(cpuMs) : isolate.heapBytes(),
      start: this.#start,
      initMs: this.#initMs,
    }
  }

  /** The guest counts too, but a program that got hold of the callback can call it as it likes. */
  #log(level: string, message: string): void {
    const { port, invocation } = this.#parts
    const text = String(message)
    this.#logBytes += text.length + 64
    const over = this.#logBytes - 64 > invocation.limits.logBytes + 64
    if (level === 'truncated' || over) return port.logsTruncated()
    if (!logLevels.has(level)) return
    port.log({ level: level as LogEntry['level'], message: text, atMs: performance.now() - this.#startedAtMs })
  }
}

/** A block that turned the guest's own functions against it could settle with any text; the gateway passes a result on unparsed. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function warningsOf(reading: GuestReading): Warning[] {
  return [...timerWarnings(reading), ...callWarnings(reading)]
}

function callWarnings({ calls }: GuestReading): Warning[] {
  if (!(calls > 0)) return []
  const message = `${calls} ${calls === 1 ? 'request was' : 'requests were'} still open when the block settled and ${calls === 1 ? 'was' : 'were'} aborted`
  return [{ code: 'EK_BLOCK_CALLS_CUT', message }]
}

function timerWarnings(reading: GuestReading): Warning[] {
  if (!(reading.timers > 0)) return []
  const message = `${reading.timers} ${reading.timers === 1 ? 'timer was' : 'timers were'} still waiting when the block settled and will not fire`
  return [{ code: 'EK_BLOCK_TIMERS_CUT', message }]
}

/** isolated-vm tells why an entry ended only in words (laverdet/isolated-vm `src/isolate`). */
function reasonOf(error: Error): EndReason {
  if (/memory limit/i.test(error.message)) return 'memory'
  if (/timed out/i.test(error.message)) return 'wall'
  return 'host_lost'
}
