import type { Clock, HttpTransport, WireOutcome } from '@evenkeel/lab'

interface Timer {
  readonly atMs: number
  readonly callback: () => void
  cancelled: boolean
}

/** A clock that jumps from timer to timer. Timers are kept in slots of one millisecond, so that a day of them costs little. */
export class SimulatedClock implements Clock {
  #nowMs = 0
  readonly #slots = new Map<number, Timer[]>()
  #pending = 0

  nowMs(): number {
    return this.#nowMs
  }

  epochMs(): number {
    return 1_700_000_000_000 + this.#nowMs
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), callback, cancelled: false }
    const slot = Math.floor(timer.atMs)
    const timers = this.#slots.get(slot)
    if (timers === undefined) this.#slots.set(slot, [timer])
    else timers.push(timer)
    this.#pending++
    return () => {
      timer.cancelled = true
    }
  }

  async runUntil<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const done = promise.finally(() => (settled = true))
    done.catch(() => {})
    await new Promise((resolve) => setImmediate(resolve))
    for (let slot = 0; !settled; slot++) {
      const ran = await this.#runSlot(slot)
      if (!ran && this.#pending === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    return done
  }

  /** Runs what is due in one millisecond, with what that adds to it. */
  async #runSlot(slot: number): Promise<boolean> {
    let ran = false
    for (let timers = this.#slots.get(slot); timers !== undefined; timers = this.#slots.get(slot)) {
      this.#slots.delete(slot)
      for (const timer of timers.toSorted((a, b) => a.atMs - b.atMs)) {
        this.#pending--
        if (timer.cancelled) continue
        this.#nowMs = Math.max(this.#nowMs, timer.atMs)
        timer.callback()
      }
      ran = true
      await new Promise((resolve) => setImmediate(resolve))
    }
    return ran
  }
}

/** A network whose answers take what a function says. */
export function simulatedNetwork(clock: Clock, delayMs: () => number): HttpTransport {
  return {
    openConnections: () => ({
      send: () =>
        new Promise<WireOutcome>((resolve) => {
          const sentMs = clock.nowMs()
          clock.schedule(delayMs(), () => {
            const endMs = clock.nowMs()
            const timing = {
              sentMs,
              writtenMs: sentMs,
              firstByteMs: endMs,
              endMs,
              bytesReceived: 0,
              connection: undefined,
            }
            resolve({ status: 'answered', statusCode: 200, headers: {}, body: Buffer.alloc(0), timing })
          })
        }),
      close: () => {},
    }),
  }
}
