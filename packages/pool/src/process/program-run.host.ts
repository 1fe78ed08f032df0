import { getHeapStatistics } from 'node:v8'
import type { Invocation, InvocationPort } from '../contract/engine.ts'
import type { EndReason, Outcome, Usage } from '../contract/outcome.ts'
import type { AnswerOptions, StreamWriter } from '../contract/streams.ts'
import { answerWriter } from './answer-writer.host.ts'
import { currentLog, InvocationLog } from './console.host.ts'
import type { CpuMeter } from './cpu-meter.host.ts'
import type { LoadedProgram } from './loaded-program.host.ts'
import { emptyBody } from './empty-body.ts'
import { resultError, thrownError } from './program-error.host.ts'
import type { AnswerWriter, ProgramContext, ProgramFunction } from './program.ts'

export interface ProgramRunParts {
  readonly invocation: Invocation
  readonly port: InvocationPort
  readonly program: LoadedProgram
  readonly cpu: CpuMeter
  readonly options: unknown
  readonly softLimitShare: number
  readonly logs: 'output' | 'invocation'
}

/** Longest delay of a timer; a limit above it is none, in milliseconds. */
const longestTimerMs = 2_147_483_647

/** One invocation of an exported function. A program that ignores its signal is answered for, and left to itself. */
export class ProgramRun {
  readonly #parts: ProgramRunParts
  readonly #controller = new AbortController()
  readonly #startedAtMs: number = performance.now()
  #cpuMs: () => number = () => 0
  #writer: StreamWriter | undefined
  #over = false

  constructor(parts: ProgramRunParts) {
    this.#parts = parts
  }

  async run(): Promise<Outcome> {
    const { invocation, program, cpu } = this.#parts
    const path = invocation.program.options['export'] ?? 'default'
    const target = program.find(path)
    if (target === undefined) return this.#failed(new TypeError(`The program has no function "${path}"`))
    this.#parts.port.started()
    this.#cpuMs = cpu.enter()
    const ended = Promise.withResolvers<Outcome>()
    const release = this.#limit((reason, detail) => {
      this.#over = true
      ended.resolve(this.#ended(reason, detail))
    })
    try {
      return await Promise.race([this.#call(target), ended.promise])
    } finally {
      release()
      cpu.leave()
    }
  }

  async #call(target: ProgramFunction): Promise<Outcome> {
    try {
      const value = await this.#enter(() => target(JSON.parse(this.#parts.invocation.input), this.#context()))
      if (this.#writer === undefined) return this.#output(value)
      // What a cancelled program has written is no whole answer, even when it returned in good order.
      if (!this.#over) await this.#writer.end()
      return { status: 'ok', output: new Uint8Array(0), usage: this.#usage(), warnings: [] }
    } catch (error) {
      return this.#gaveUp(error) ? this.#ended('wall', 'the program gave up at its soft limit') : this.#failed(error)
    }
  }

  /** It threw because of its signal: the limit is the reason, whatever the program says. */
  #gaveUp(error: unknown): boolean {
    const { aborted, reason } = this.#controller.signal
    if (!aborted || !(error instanceof Error)) return false
    return error === reason || error.cause === reason || error.name === 'AbortError'
  }

  #enter(call: () => unknown): unknown {
    const { logs, port, invocation } = this.#parts
    return logs === 'output' ? call() : currentLog.run(new InvocationLog(port, invocation.limits.logBytes), call)
  }

  /** Aborts the program's signal at the soft limit, and ends the run at the limit or when the caller is gone. */
  #limit(end: (reason: EndReason, detail: string) => void): () => void {
    const { port, invocation, softLimitShare } = this.#parts
    const { wallMs } = invocation.limits
    const abort = (name: string, message: string): void => this.#controller.abort(new DOMException(message, name))
    const soft = setTimeout(
      () => abort('TimeoutError', `${Math.round(softLimitShare * 100)} % of the limit of ${wallMs} ms are over`),
      Math.min(longestTimerMs, wallMs * softLimitShare),
    )
    const hard = setTimeout(() => end('wall', `the limit of ${wallMs} ms is over`), Math.min(longestTimerMs, wallMs))
    const cancel = (): void => {
      end('cancelled', '')
      abort('AbortError', 'nobody waits for the answer any more')
    }
    if (port.signal.aborted) cancel()
    port.signal.addEventListener('abort', cancel, { once: true })
    return () => {
      clearTimeout(soft)
      clearTimeout(hard)
      port.signal.removeEventListener('abort', cancel)
    }
  }

  #context(): ProgramContext {
    const { port, invocation, options } = this.#parts
    const { signal } = this.#controller
    return {
      tenant: invocation.tenant,
      options,
      signal,
      draining: port.draining,
      body: port.streams?.body ?? emptyBody(),
      respond: (head, answerOptions) => this.#respond(head, answerOptions),
      call: (name, meta, body = new Uint8Array(0)) => port.call({ name, meta, body }, signal),
    }
  }

  #respond(head: unknown, options: AnswerOptions | undefined): AnswerWriter {
    const { streams } = this.#parts.port
    if (streams === undefined) throw new TypeError('The run was not opened as a stream: return the answer')
    this.#writer = streams.respond(head, options)
    return answerWriter(this.#writer)
  }

  #output(value: unknown): Outcome {
    let output: Uint8Array
    try {
      output = value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value) ?? 'null')
    } catch (error) {
      return { status: 'failed', error: resultError(error), usage: this.#usage(), warnings: [] }
    }
    const { outputBytes } = this.#parts.invocation.limits
    if (output.byteLength > outputBytes)
      return this.#ended('output', `the output of ${output.byteLength} bytes is above the limit of ${outputBytes}`)
    return { status: 'ok', output, usage: this.#usage(), warnings: [] }
  }

  #failed(error: unknown): Outcome {
    return { status: 'failed', error: thrownError(error), usage: this.#usage(), warnings: [] }
  }

  #ended(reason: EndReason, detail: string): Outcome {
    return { status: 'ended', reason, detail, usage: this.#usage() }
  }

  #usage(): Usage {
    return {
      wallMs: performance.now() - this.#startedAtMs,
      cpuMs: this.#cpuMs(),
      peakHeapBytes: getHeapStatistics().used_heap_size,
      start: 'warm',
      initMs: 0,
    }
  }
}
