import type { Connections, HttpTransport, WireOutcome, WireRequest } from '../../src/index.ts'
import type { Clock } from '../../src/index.ts'

export interface SimulatedAnswer {
  readonly statusCode?: number
  readonly delayMs?: number
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Fails with this code instead of answering. */
  readonly failure?: string
}

export interface SentRequest {
  readonly atMs: number
  readonly method: string
  readonly path: string
  readonly headers: WireRequest['headers']
  readonly body: string
}

/** A network without sockets: a function answers each request after a delay of the clock. Keeps what was sent. */
export class SimulatedNetwork implements HttpTransport {
  readonly sent: SentRequest[] = []
  readonly #clock: Clock
  readonly #answer: (request: SentRequest) => SimulatedAnswer
  readonly #keep: boolean

  constructor(
    clock: Clock,
    answer: (request: SentRequest) => SimulatedAnswer,
    options: { readonly keep?: boolean } = {},
  ) {
    this.#clock = clock
    this.#answer = answer
    this.#keep = options.keep ?? true
  }

  openConnections(): Connections {
    const stops = new Set<() => void>()
    return {
      send: (request) => this.#send(request, stops),
      close: () => {
        for (const stop of stops) stop()
      },
    }
  }

  #send(request: WireRequest, stops: Set<() => void>): Promise<WireOutcome> {
    const sentMs = this.#clock.nowMs()
    const seen: SentRequest = {
      atMs: sentMs,
      method: request.method,
      path: request.path,
      headers: request.headers,
      body: request.body === undefined ? '' : Buffer.from(request.body as string).toString('utf8'),
    }
    if (this.#keep) this.sent.push(seen)
    const answer = this.#answer(seen)
    return new Promise((resolve) => {
      const finish = (outcome: 'answered' | 'stopped'): void => {
        cancel()
        stops.delete(stop)
        resolve(outcomeOf(answer, { outcome, sentMs, endMs: this.#clock.nowMs() }))
      }
      const stop = (): void => finish('stopped')
      const cancel = this.#clock.schedule(answer.delayMs ?? 0, () => finish('answered'))
      stops.add(stop)
    })
  }
}

function outcomeOf(
  answer: SimulatedAnswer,
  facts: { readonly outcome: 'answered' | 'stopped'; readonly sentMs: number; readonly endMs: number },
): WireOutcome {
  const body = Buffer.from(answer.json === undefined ? '' : JSON.stringify(answer.json))
  const timing = {
    sentMs: facts.sentMs,
    writtenMs: facts.sentMs,
    firstByteMs: facts.endMs,
    endMs: facts.endMs,
    bytesReceived: body.length,
    connection: undefined,
  }
  const stopped = facts.outcome === 'stopped'
  if (stopped || answer.failure !== undefined)
    return {
      status: 'failed',
      code: answer.failure ?? 'STOPPED',
      message: answer.failure ?? 'stopped',
      stopped,
      timing,
    }
  const headers = { 'content-type': 'application/json', ...answer.headers }
  return { status: 'answered', statusCode: answer.statusCode ?? 200, headers, body, timing }
}
