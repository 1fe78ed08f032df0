import { Client, type Dispatcher } from 'undici'
import { messageOf } from '../errors/lab-error.ts'
import type { ConnectionSample } from '../measure/request-sample.ts'
import type { RunRecorder } from '../measure/run-recorder.ts'
import { ActiveItems } from '../util/active-items.ts'
import type { Clock } from '../util/clock.ts'
import { timedConnector, tlsOptionsOf } from './http/connector.ts'
import { wireErrorCode } from './http/wire-error-code.ts'
import type { RequestPlan } from './load-plan.ts'

export interface LaneOptions {
  readonly plan: RequestPlan
  readonly clock: Clock
  /** The recorder of the moment: that of the warm-up is another one. */
  readonly recorder: () => RunRecorder
  /** Called when a request is done, with the lane free for the next. */
  readonly onFree: (lane: RequestLane) => void
}

/** One connection that sends the same request over and over. Costs about 20 µs of CPU per request beside the recording. */
export class RequestLane {
  readonly #options: LaneOptions
  readonly #request: Dispatcher.DispatchOptions
  readonly #endpoint: string
  readonly #bytesSent: number
  readonly #origin: string
  #client: Client
  #opened: ConnectionSample | undefined
  #closed = false
  readonly #inFlight = new ActiveItems<LaneRequest>()

  constructor(options: LaneOptions) {
    const { plan } = options
    const url = new URL(plan.url)
    this.#options = options
    this.#origin = url.origin
    this.#endpoint = `${plan.method} ${url.pathname}${url.search}`
    this.#bytesSent = plan.body === undefined ? 0 : Buffer.byteLength(plan.body)
    this.#request = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: plan.method,
      headers: { ...plan.headers },
      body: plan.body === undefined ? null : plan.body,
      // Undici waits for the answer of a request it takes for unsafe to repeat; a load test pipelines what it is told to.
      idempotent: true,
      blocking: false,
    }
    this.#client = this.#connect()
  }

  #connect(): Client {
    const { plan, clock } = this.#options
    return new Client(this.#origin, {
      allowH2: false,
      pipelining: plan.pipelining,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 600_000,
      connect: timedConnector({
        tls: tlsOptionsOf({ rejectUnauthorized: plan.verifyTls }),
        connectTimeoutMs: plan.timeoutMs,
        clock,
        onConnected: (sample) => (this.#opened = sample),
      }),
    })
  }

  get inFlight(): number {
    return this.#inFlight.size
  }

  send(intendedMs: number): void {
    const { clock, recorder } = this.#options
    const request = new LaneRequest(this, clock, intendedMs)
    this.#inFlight.add(request)
    recorder().requestSent(clock.nowMs())
    try {
      this.#client.dispatch(this.#request, request)
    } catch (error) {
      this.settle(request, { code: wireErrorCode(error), message: messageOf(error) })
    }
  }

  /** The connection that the request opened, if it did. */
  takeOpened(): ConnectionSample | undefined {
    const opened = this.#opened
    this.#opened = undefined
    return opened
  }

  settle(request: LaneRequest, failure: { readonly code: string; readonly message: string } | undefined): void {
    if (!this.#inFlight.delete(request) || this.#closed) return
    const { clock, recorder, plan } = this.#options
    const book = recorder()
    const endMs = clock.nowMs()
    if (failure !== undefined) book.error(failure, endMs)
    book.request(
      {
        endpoint: this.#endpoint,
        method: plan.method,
        intendedMs: request.intendedMs,
        sentMs: request.sentMs,
        writtenMs: request.writtenMs,
        firstByteMs: request.firstByteMs,
        endMs,
        statusCode: request.statusCode,
        bytesSent: this.#bytesSent,
        bytesReceived: request.bytesReceived,
        connection: request.connection,
        failed: failure !== undefined,
      },
      failure,
    )
    this.#options.onFree(this)
  }

  /** Fails the requests that take longer than the plan allows, with their connection. */
  cutLate(nowMs: number): void {
    const { timeoutMs } = this.#options.plan
    const late = this.#inFlight.list().filter((request) => nowMs - (request.sentMs ?? request.intendedMs) > timeoutMs)
    if (late.length === 0) return
    const client = this.#client
    this.#client = this.#connect()
    for (const request of late)
      this.settle(request, { code: 'ETIMEDOUT', message: `no complete response within ${timeoutMs} ms` })
    destroy(client)
  }

  close(): void {
    this.#closed = true
    this.#inFlight.clear()
    destroy(this.#client)
  }
}

function destroy(client: Client): void {
  client.destroy().catch(() => {
    // The connection is thrown away: what goes wrong while it closes concerns nobody.
  })
}

class LaneRequest implements Dispatcher.DispatchHandler {
  readonly #lane: RequestLane
  readonly #clock: Clock
  readonly intendedMs: number
  place = -1
  sentMs: number | undefined
  writtenMs: number | undefined
  firstByteMs: number | undefined
  statusCode: number | undefined
  bytesReceived = 0
  connection: ConnectionSample | undefined

  constructor(lane: RequestLane, clock: Clock, intendedMs: number) {
    this.#lane = lane
    this.#clock = clock
    this.intendedMs = intendedMs
  }

  onRequestStart(): void {
    this.sentMs = this.#clock.nowMs()
    this.connection = this.#lane.takeOpened()
  }

  onRequestSent(): void {
    this.writtenMs = this.#clock.nowMs()
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number): void {
    if (statusCode < 200) return
    this.firstByteMs = this.#clock.nowMs()
    this.statusCode = statusCode
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytesReceived += chunk.length
  }

  onResponseEnd(): void {
    this.#lane.settle(this, undefined)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#lane.settle(this, { code: wireErrorCode(error), message: error.message })
  }
}
