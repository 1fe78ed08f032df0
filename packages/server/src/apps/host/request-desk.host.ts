import type { Socket } from 'node:net'
import { TurnoverMap } from '@evenkeel/pool/turnover'
import type { NodeRequest, NodeResponse } from './app-kind.host.ts'
import type { AppMeter } from './app-meter.host.ts'
import type { Lane } from './lane.host.ts'
import { LoopWatch } from './loop-watch.host.ts'
import { refuse } from '../refuse.ts'
import { routeOf } from '../route-of.ts'
import { requestIdOf } from './request-context.host.ts'

const visit: unique symbol = Symbol('visit')

interface Visit {
  readonly desk: RequestDesk
  readonly number: number
  readonly enteredAtMs: number
}

/** A response under way. */
type Tracked = NodeResponse & { [visit]?: Visit }

export interface DeskLimits {
  readonly maxConcurrent: number
  readonly maxLoopDelayMs: number
  readonly handlerTimeoutMs: number
}

/** Knows every request under way: admits, counts, and answers for the app when it takes too long. */
export class RequestDesk implements Disposable {
  readonly #limits: DeskLimits
  readonly #meter: AppMeter
  readonly #lane: Lane | undefined
  readonly #loop: LoopWatch = new LoopWatch()
  /** In the order of their arrival: all have the same time, so the first expires first. */
  readonly #waiting = new TurnoverMap<number, Tracked>()
  /** Longer than the limit under way, but with a head that has left. */
  readonly #streaming = new TurnoverMap<number, Tracked>()
  #admitted = 0
  #sweep: NodeJS.Timeout | undefined
  #idle: (() => void) | undefined
  #draining = false
  #toGive = 0

  constructor(limits: DeskLimits, meter: AppMeter, lane?: Lane) {
    this.#limits = limits
    this.#meter = meter
    this.#lane = lane
  }

  get size(): number {
    return this.#waiting.size + this.#streaming.size
  }

  /** Whether a request of the connection is under way. Looks at all of them: to be asked seldom. */
  isAnswering(connection: Socket): boolean {
    return [this.#waiting, this.#streaming].some((responses) => {
      return responses.values().some(({ socket }) => socket === connection)
    })
  }

  /** Whether the request may go to the app; if not, it is answered. */
  admit(request: NodeRequest, response: Tracked): boolean {
    const nowMs = performance.now()
    const number = (this.#admitted += 1)
    response[visit] = { desk: this, number, enteredAtMs: nowMs }
    this.#lane?.begin(nowMs)
    response.on('close', leave)
    this.#waiting.set(number, response)
    this.#meter.inFlight += 1
    if (this.#draining || this.#toGive > 0) this.#end(request, response)
    if (this.size <= this.#limits.maxConcurrent && this.#loop.delayMs(nowMs) <= this.#limits.maxLoopDelayMs) {
      this.#sweep ??= setTimeout(() => this.#expire(), this.#limits.handlerTimeoutMs)
      return true
    }
    this.#meter.shed += 1
    refuse(response, 'overload', { close: request.method !== 'GET' && request.method !== 'HEAD' })
    return false
  }

  /** So many answers close their connections. */
  give(connections: number): void {
    this.#toGive = connections
  }

  /** From now on every answer closes its connection. */
  drain(): void {
    this.#draining = true
    for (const response of this.#waiting.values()) closeAfter(response)
  }

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    if (this.size === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#idle = resolve
    await promise
  }

  left(response: NodeResponse, { number, enteredAtMs }: Visit): void {
    if (!this.#waiting.delete(number)) this.#streaming.delete(number)
    this.#meter.inFlight -= 1
    const nowMs = performance.now()
    const { method = 'GET', url = '/' } = response.req
    const route = routeOf(method, url)
    const tookMs = nowMs - enteredAtMs
    this.#meter.answered(response.headersSent ? response.statusCode : 499, tookMs, route)
    this.#lane?.end(nowMs, route)
    if (this.size === 0) this.#idle?.()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#sweep)
    this.#loop[Symbol.dispose]()
  }

  #end(request: NodeRequest, response: Tracked): void {
    closeAfter(response)
    if (request.httpVersionMajor === 1) this.#toGive -= 1
  }

  #expire(): void {
    this.#sweep = undefined
    const nowMs = performance.now()
    for (const response of this.#waiting.values()) {
      const leftMs = (response[visit]?.enteredAtMs ?? 0) + this.#limits.handlerTimeoutMs - nowMs
      if (leftMs > 1) {
        this.#sweep = setTimeout(() => this.#expire(), leftMs)
        return
      }
      if (response.headersSent) this.#stream(response)
      else this.#timeOut(response)
    }
  }

  #stream(response: Tracked): void {
    const number = response[visit]?.number ?? 0
    this.#waiting.delete(number)
    this.#streaming.set(number, response)
  }

  /** The request's signal is aborted by an error of the incoming message, once the answer is on its way. */
  #timeOut(response: Tracked): void {
    const { req } = response
    this.#stream(response)
    this.#meter.timeouts += 1
    const requestId = requestIdOf(req)
    console.error(
      `${req.method} ${req.url} had no answer within ${this.#limits.handlerTimeoutMs} ms (request ${requestId})`,
    )
    response.once('finish', () => req.destroy(new DOMException('The handler took too long', 'TimeoutError') as Error))
    refuse(response, 'timeout', { requestId, close: true })
  }
}

function leave(this: Tracked): void {
  const { [visit]: own } = this
  own?.desk.left(this, own)
}

function closeAfter(response: Tracked): void {
  if (!response.headersSent && response.req.httpVersionMajor === 1) response.setHeader('connection', 'close')
}
