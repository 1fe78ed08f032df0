import type { Client, Dispatcher } from 'undici'
import { messageOf } from '../../errors/lab-error.ts'
import type { ConnectionSample } from '../../measure/request-sample.ts'
import type { HttpSettings } from '../../script/protocol-settings.ts'
import type { Clock } from '../../util/clock.ts'
import type { ResponseHeaders, WireOutcome, WireRequest, WireTiming } from './transport.ts'
import { wireErrorCode } from './wire-error-code.ts'

export interface ExchangeOptions {
  readonly clock: Clock
  readonly timeoutCode: HttpSettings['timeoutCode']
  readonly settle: (outcome: WireOutcome) => void
  /** Gives the connection back. `reusable` is false when it is in an unknown state. */
  readonly release: (client: Client, reusable: boolean) => void
}

const noBytes = Buffer.alloc(0)

/** One request and its answer on a connection, with its deadlines and its times. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly request: WireRequest
  readonly #options: ExchangeOptions
  readonly #timing: WireTiming
  readonly #cancelDeadline: () => void
  #cancelFirstByte: () => void = () => {}
  #client: Client | undefined
  #opened: () => ConnectionSample | undefined = () => undefined
  #statusCode = 0
  #headers: ResponseHeaders = {}
  #chunks: Buffer[] | undefined
  settled = false

  constructor(request: WireRequest, options: ExchangeOptions) {
    this.request = request
    this.#options = options
    this.#timing = {
      sentMs: undefined,
      writtenMs: undefined,
      firstByteMs: undefined,
      endMs: 0,
      bytesReceived: 0,
      connection: undefined,
    }
    this.#cancelDeadline = options.clock.schedule(request.timeoutMs, () =>
      this.#timeOut(`no complete response within ${request.timeoutMs} ms`),
    )
  }

  /** Sends the request on a connection, which `opened` tells about when it is a new one. */
  start(client: Client, opened: () => ConnectionSample | undefined): void {
    const { origin, path, method, headers, body } = this.request
    this.#client = client
    this.#opened = opened
    try {
      // Undici's type wants mutable header lists; it only reads them.
      client.dispatch({ origin, path, method, headers: headers as Record<string, string>, body: body ?? null }, this)
    } catch (error) {
      this.#fail(wireErrorCode(error), messageOf(error))
    }
  }

  onRequestStart(): void {
    this.#timing.sentMs = this.#options.clock.nowMs()
    this.#timing.connection = this.#opened()
    const limit = this.request.firstByteTimeoutMs
    if (limit === undefined) return
    this.#cancelFirstByte = this.#options.clock.schedule(limit, () => this.#timeOut(`no response within ${limit} ms`))
  }

  onRequestSent(): void {
    this.#timing.writtenMs = this.#options.clock.nowMs()
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number, headers: ResponseHeaders): void {
    if (statusCode < 200) return
    this.#cancelFirstByte()
    this.#timing.firstByteMs = this.#options.clock.nowMs()
    this.#statusCode = statusCode
    this.#headers = headers
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#timing.bytesReceived += chunk.length
    if (!this.request.keepBody) return
    this.#chunks ??= []
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const chunks = this.#chunks
    this.#settle({
      status: 'answered',
      statusCode: this.#statusCode,
      headers: this.#headers,
      body: chunks === undefined ? noBytes : chunks.length === 1 ? (chunks[0] ?? noBytes) : Buffer.concat(chunks),
      timing: this.#timing,
    })
    if (this.#client !== undefined) this.#options.release(this.#client, true)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(wireErrorCode(error), error.message)
  }

  /** Ends the exchange because its user ends. */
  stop(): void {
    this.#settle({ status: 'failed', code: 'STOPPED', message: 'stopped', stopped: true, timing: this.#timing })
  }

  #timeOut(message: string): void {
    this.#fail(this.#options.timeoutCode, message)
  }

  #fail(code: string, message: string): void {
    if (this.settled) return
    this.#settle({ status: 'failed', code, message, stopped: false, timing: this.#timing })
    if (this.#client !== undefined) this.#options.release(this.#client, false)
  }

  #settle(outcome: WireOutcome): void {
    if (this.settled) return
    this.settled = true
    this.#cancelDeadline()
    this.#cancelFirstByte()
    this.#timing.endMs = this.#options.clock.nowMs()
    this.#options.settle(outcome)
  }
}
