import { HostPriority } from '@evenkeel/pool'
import { TurnoverMap } from '@evenkeel/pool/turnover'
import { Pool } from 'undici'
import type { Instance } from '../direct/instance.ts'
import { ProcessorWatch } from './processor-watch.ts'
import type { Wanted } from './waiting-room.ts'

/** How long the gateway keeps an idle connection to a runtime, in milliseconds. */
const keepAliveMs = 30_000

/** Work that may wait inside a runtime, so that it need not wait for the gateway between two requests, in milliseconds. */
const aheadMs = 4

/** A runtime that shows no sign of life for this long after it got a request is busy, in milliseconds. */
const lateMs = 8

/** How often a runtime is looked after that has requests and shows no sign of life, in milliseconds. */
const lookEveryMs = 3
const lookAgainMs = 15

/** Processor time without a sign of life after which it is known to compute, not to wait for a processor, in milliseconds. */
const giveWayMs = 10

/** How often one is looked after whose requests wait for something else, in milliseconds. */
const lookSeldomMs = 150

const priority = new HostPriority()

/** A request's place in a runtime. */
export interface Ticket {
  readonly link: RuntimeLink
  /** How many the runtime had been given by then, itself included. */
  readonly number: number
  readonly route: string
  /** How long it is expected to keep the event loop busy, in milliseconds. */
  readonly costMs: number
  readonly takenAtMs: number
}

export interface LinkEvents {
  /** It showed a sign of life: there may be room. */
  heard(): void
  /** A request used more processor time than it may. */
  exhausted(link: RuntimeLink): void
}

/** The gateway's connections to one runtime, and what it has under way there. */
export class RuntimeLink {
  readonly instance: Instance
  readonly pool: Pool
  readonly socket: string
  readonly #events: LinkEvents
  readonly #cpuMs: number
  readonly #watch: ProcessorWatch
  /** Requests that it may not have begun with yet, oldest first: nothing that it did since says so. */
  readonly #unheard = new TurnoverMap<number, Ticket>()
  #taken = 0
  /** WebSockets that it has, or that are being opened in it. */
  sockets = 0
  #inFlight = 0
  #aheadMs = 0
  #state: 'up' | 'doubtful' | 'down' = 'up'
  #look: NodeJS.Timeout | undefined
  #isSeldom = false
  #lowered = false
  #exhausted = false
  #asking = false

  constructor(instance: Instance, socket: string, options: { readonly cpuMs: number; readonly events: LinkEvents }) {
    this.instance = instance
    this.socket = socket
    this.#events = options.events
    this.#cpuMs = options.cpuMs
    this.#watch = new ProcessorWatch(instance.facts.pid)
    // The runtime itself answers for time limits; when it is stuck, its supervisor ends it, and with it the connection.
    this.pool = new Pool('http://app', {
      connect: { socketPath: socket, timeout: 5_000 },
      keepAliveTimeout: keepAliveMs,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 256 * 1_024,
    })
  }

  get isServing(): boolean {
    return this.#state === 'up' && this.instance.state === 'serving'
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** What waits in it for its event loop, as expected, in milliseconds. */
  get aheadMs(): number {
    return this.#aheadMs
  }

  /** Whether it may take a request that keeps it busy for so long. One that has something long to do, or does not answer, may not. */
  fits(costMs: number, maxConcurrent: number): boolean {
    if (!this.isServing || this.#inFlight >= maxConcurrent) return false
    const { oldest } = this.#unheard
    if (oldest === undefined) return true
    return this.#aheadMs + costMs <= aheadMs && performance.now() - oldest.takenAtMs <= lateMs
  }

  take({ route, costMs, isLong }: Wanted): Ticket {
    const ticket: Ticket = { link: this, number: (this.#taken += 1), route, costMs, takenAtMs: performance.now() }
    if (isLong) this.#giveWay()
    this.#inFlight += 1
    this.#unheard.set(ticket.number, ticket)
    this.#aheadMs += costMs
    if (this.#look === undefined || this.#isSeldom) this.#lookIn(lookEveryMs)
    return ticket
  }

  /** It began to answer: it has begun with everything that came before, too. */
  heard(ticket: Ticket): void {
    if (!this.#unheard.has(ticket.number)) return
    for (const each of this.#unheard.values()) {
      this.#forget(each)
      if (each === ticket) break
    }
    this.#watch.stop()
    if (this.#lowered) priority.restore(this.instance.facts.pid)
    this.#lowered = false
  }

  left(ticket: Ticket): void {
    this.#inFlight -= 1
    this.#forget(ticket)
  }

  /** Whether this is the request that has kept it busy. */
  isFirst(ticket: Ticket): boolean {
    const { oldest } = this.#unheard
    return oldest === ticket
  }

  /** It was ended because a request used too much processor time. */
  get exhausted(): boolean {
    return this.#exhausted
  }

  /** Nobody answers any more; the pool will notice, too. */
  down(): void {
    this.#state = 'down'
  }

  /** It dropped a connection: perhaps because it is gone. Resolves when it has said that it is not, or there is no doubt any more. */
  async doubt(): Promise<void> {
    if (this.#state !== 'up') return
    this.#state = 'doubtful'
    await this.instance.refresh()
    this.#state = 'up'
  }

  /** Lets what is under way end. */
  close(): void {
    clearTimeout(this.#look)
    this.#watch.stop()
    if (this.instance.state === 'ended') void this.pool.destroy().catch(() => undefined)
    else void this.pool.close().catch(() => undefined)
  }

  #forget(ticket: Ticket): void {
    if (!this.#unheard.delete(ticket.number)) return
    this.#aheadMs = this.#unheard.size === 0 ? 0 : this.#aheadMs - ticket.costMs
  }

  /** Asks a runtime that has requests, but shows no sign of life, whether its event loop turns; measures what it uses meanwhile. */
  #lookAfter(): void {
    this.#look = undefined
    const { oldest } = this.#unheard
    if (this.#inFlight === 0 || this.instance.state === 'ended') return
    const isDue = oldest === undefined || performance.now() - oldest.takenAtMs >= lookEveryMs - 1
    if (isDue && !this.#asking) void this.#ask()
    const usedMs = this.#watch.usedMs()
    if (usedMs > giveWayMs) this.#giveWay()
    if (usedMs > this.#cpuMs) this.#exhaust()
    if (oldest === undefined) this.#lookIn(lookSeldomMs)
    else this.#lookIn(this.#asking ? lookAgainMs : lookEveryMs)
  }

  #lookIn(waitMs: number): void {
    clearTimeout(this.#look)
    this.#isSeldom = waitMs === lookSeldomMs
    this.#look = setTimeout(() => this.#lookAfter(), waitMs)
  }

  #exhaust(): void {
    if (this.#exhausted) return
    this.#exhausted = true
    this.#events.exhausted(this)
  }

  /** While it computes for long, the gateway and the other runtimes go first. */
  #giveWay(): void {
    if (!this.#lowered && this.instance.state !== 'ended') this.#lowered = priority.lower(this.instance.facts.pid)
  }

  async #ask(): Promise<void> {
    const last = [...this.#unheard.values()].at(-1)
    this.#asking = true
    this.#watch.start()
    await this.instance.turn()
    this.#asking = false
    if (this.instance.state === 'ended') return
    this.#watch.stop()
    if (last === undefined) return
    this.heard(last)
    this.#events.heard()
  }
}
