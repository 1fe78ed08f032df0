import { ServerError } from '../../errors/server-error.ts'

export interface WaitingRoomOptions {
  /** Requests that may wait. */
  readonly maxQueued: number
  /** How long one may wait, in milliseconds. */
  readonly maxQueueMs: number
}

/** What a request needs. */
export interface Wanted {
  readonly route: string
  /** How long it is expected to keep an event loop busy, in milliseconds. */
  readonly costMs: number
  /** Quick ones go first, unless this one has waited for long. */
  readonly isLong: boolean
}

/** Gives a place when there is one. `patient` is false for a long request that others have passed for long enough. */
export type Take<Place> = (wanted: Wanted, patient: boolean) => Place | undefined

interface Waiting<Place> {
  readonly wanted: Wanted
  readonly since: number
  readonly enter: (place: Place) => void
  readonly refuse: (error: ServerError) => void
}

export interface WaitingCounts {
  readonly waiting: number
  /** Requests that had to wait, and how long they did together, in milliseconds. */
  readonly waited: number
  readonly waitedMs: number
  readonly refusedFull: number
  readonly refusedLate: number
}

/** How long quick requests may pass a long one: as long as it takes, several times, but at least this, in milliseconds. */
const leastPatienceMs = 100
const patienceFactor = 3

/** How often those who wait look for a place that nobody told them of, in milliseconds. */
const lookEveryMs = 10

/** Requests that wait for a place: quick ones before long ones, each in the order of their arrival, within bounds of number and time. */
export class WaitingRoom<Place> implements Disposable {
  readonly #options: WaitingRoomOptions
  readonly #take: Take<Place>
  /** In the order of their arrival: all may wait equally long, so the first expires first. */
  readonly #quick = new Set<Waiting<Place>>()
  readonly #long = new Set<Waiting<Place>>()
  #look: NodeJS.Timeout | undefined
  #waited = 0
  #waitedMs = 0
  #refusedFull = 0
  #refusedLate = 0

  constructor(options: WaitingRoomOptions, take: Take<Place>) {
    this.#options = options
    this.#take = take
  }

  get counts(): WaitingCounts {
    return {
      waiting: this.#quick.size + this.#long.size,
      waited: this.#waited,
      waitedMs: this.#waitedMs,
      refusedFull: this.#refusedFull,
      refusedLate: this.#refusedLate,
    }
  }

  /** A place now, or when there is one. Rejects with `EK_OVERLOAD_QUEUE_FULL`, `EK_OVERLOAD_QUEUE_TIMEOUT`, or what {@link refuseAll} was given. */
  enter(wanted: Wanted): Place | Promise<Place> {
    const isFirst = this.#quick.size === 0 && (!wanted.isLong || this.#long.size === 0)
    const place = isFirst ? this.#take(wanted, true) : undefined
    if (place !== undefined) return place
    if (this.#quick.size + this.#long.size >= this.#options.maxQueued) {
      this.#refusedFull += 1
      return Promise.reject(overload('EK_OVERLOAD_QUEUE_FULL', 'too many requests wait for the app'))
    }
    return this.#wait(wanted)
  }

  /** There may be a place again. */
  freed(): void {
    if (this.#quick.size + this.#long.size === 0) return
    const nowMs = performance.now()
    for (const next of this.#long) {
      const { costMs } = next.wanted
      if (nowMs - next.since < Math.max(leastPatienceMs, costMs * patienceFactor)) break
      if (!this.#admit(next, false)) return
    }
    for (const next of this.#quick) if (!this.#admit(next, true)) return
    for (const next of this.#long) if (!this.#admit(next, true)) return
  }

  refuseAll(error: ServerError): void {
    for (const waiting of [...this.#quick, ...this.#long]) waiting.refuse(error)
    this.#quick.clear()
    this.#long.clear()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#look)
    this.refuseAll(overload('EK_DRAINING', 'the server is stopping'))
  }

  #admit(next: Waiting<Place>, patient: boolean): boolean {
    const place = this.#take(next.wanted, patient)
    if (place === undefined) return false
    this.#setOf(next.wanted).delete(next)
    this.#waited += 1
    this.#waitedMs += performance.now() - next.since
    next.enter(place)
    return true
  }

  #wait(wanted: Wanted): Promise<Place> {
    const { promise, resolve, reject } = Promise.withResolvers<Place>()
    this.#setOf(wanted).add({ wanted, since: performance.now(), enter: resolve, refuse: reject })
    this.#look ??= setTimeout(() => this.#lookAfter(), lookEveryMs)
    return promise
  }

  #setOf({ isLong }: Wanted): Set<Waiting<Place>> {
    return isLong ? this.#long : this.#quick
  }

  #lookAfter(): void {
    this.#look = undefined
    this.#expire(this.#quick)
    this.#expire(this.#long)
    this.freed()
    if (this.#quick.size + this.#long.size > 0) this.#look = setTimeout(() => this.#lookAfter(), lookEveryMs)
  }

  #expire(waitingOnes: Set<Waiting<Place>>): void {
    const nowMs = performance.now()
    for (const waiting of waitingOnes) {
      if (waiting.since + this.#options.maxQueueMs - nowMs > 1) return
      waitingOnes.delete(waiting)
      this.#refusedLate += 1
      waiting.refuse(overload('EK_OVERLOAD_QUEUE_TIMEOUT', 'no runtime of the app was free in time'))
    }
  }
}

function overload(
  code: 'EK_OVERLOAD_QUEUE_FULL' | 'EK_OVERLOAD_QUEUE_TIMEOUT' | 'EK_DRAINING',
  message: string,
): ServerError {
  return new ServerError(code, message, { status: 503, type: 'OverloadError', retryAfterS: 1 })
}
