import { ServerError } from '../../errors/server-error.ts'

export interface WaitingRoomOptions {
  /** Requests that may wait. */
  readonly maxQueued: number
  /** How long one may wait, in milliseconds. */
  readonly maxQueueMs: number
}

interface Waiting<Place> {
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

/** Requests that wait for a place, first come, first served, within bounds of length and time. */
export class WaitingRoom<Place> implements Disposable {
  readonly #options: WaitingRoomOptions
  readonly #take: () => Place | undefined
  /** In the order of their arrival: all may wait equally long, so the first expires first. */
  readonly #waiting = new Set<Waiting<Place>>()
  #expiry: NodeJS.Timeout | undefined
  #waited = 0
  #waitedMs = 0
  #refusedFull = 0
  #refusedLate = 0

  /** `take` gives a place when there is one. */
  constructor(options: WaitingRoomOptions, take: () => Place | undefined) {
    this.#options = options
    this.#take = take
  }

  get counts(): WaitingCounts {
    return {
      waiting: this.#waiting.size,
      waited: this.#waited,
      waitedMs: this.#waitedMs,
      refusedFull: this.#refusedFull,
      refusedLate: this.#refusedLate,
    }
  }

  /** A place now, or when there is one. Rejects with `EK_OVERLOAD_QUEUE_FULL`, `EK_OVERLOAD_QUEUE_TIMEOUT`, or what {@link refuseAll} was given. */
  enter(signal: AbortSignal | undefined): Place | Promise<Place> {
    const place = this.#waiting.size === 0 ? this.#take() : undefined
    if (place !== undefined) return place
    if (this.#waiting.size >= this.#options.maxQueued) {
      this.#refusedFull += 1
      return Promise.reject(overload('EK_OVERLOAD_QUEUE_FULL', 'too many requests wait for the app'))
    }
    return this.#wait(signal)
  }

  /** There may be a place again. */
  freed(): void {
    for (const next of this.#waiting) {
      const place = this.#take()
      if (place === undefined) return
      this.#waiting.delete(next)
      this.#waited += 1
      this.#waitedMs += performance.now() - next.since
      next.enter(place)
    }
  }

  refuseAll(error: ServerError): void {
    for (const { refuse } of this.#waiting) refuse(error)
    this.#waiting.clear()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#expiry)
    this.refuseAll(overload('EK_DRAINING', 'the server is stopping'))
  }

  #wait(signal: AbortSignal | undefined): Promise<Place> {
    const { promise, resolve, reject } = Promise.withResolvers<Place>()
    const waiting: Waiting<Place> = { since: performance.now(), enter: resolve, refuse: reject }
    this.#waiting.add(waiting)
    signal?.addEventListener(
      'abort',
      () => {
        if (this.#waiting.delete(waiting)) reject(signal.reason)
      },
      { once: true },
    )
    this.#expiry ??= setTimeout(() => this.#expire(), this.#options.maxQueueMs)
    return promise
  }

  #expire(): void {
    this.#expiry = undefined
    const nowMs = performance.now()
    for (const waiting of this.#waiting) {
      const leftMs = waiting.since + this.#options.maxQueueMs - nowMs
      if (leftMs > 1) {
        this.#expiry = setTimeout(() => this.#expire(), leftMs)
        return
      }
      this.#waiting.delete(waiting)
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
