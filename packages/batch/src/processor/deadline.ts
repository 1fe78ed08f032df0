import type { Clock, Timer } from '../util/clock.ts'

export type Wait = 'done' | 'deadline' | 'aborted'

/** Waits for `work`, for a time, or for a signal, whichever comes first. The work itself goes on. */
export async function waitFor(
  work: Promise<unknown>,
  limits: { readonly clock: Clock; readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<Wait> {
  const { clock, deadlineMs, signal } = limits
  if (signal?.aborted === true) return 'aborted'
  let timer: Timer | undefined
  let stop: (() => void) | undefined
  const late = new Promise<Wait>((resolve) => {
    if (Number.isFinite(deadlineMs)) timer = clock.schedule(deadlineMs, () => resolve('deadline'))
    stop = () => resolve('aborted')
    signal?.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work.then((): Wait => 'done'), late])
  } finally {
    timer?.cancel()
    if (stop !== undefined) signal?.removeEventListener('abort', stop)
  }
}

/** Keeps the process alive while somebody waits for the processor: all its own timers let the process end. One timer serves all. */
export class KeepAlive {
  #waiting = 0
  #timer: NodeJS.Timeout | undefined

  async during<R>(work: Promise<R>): Promise<R> {
    this.#waiting += 1
    this.#timer ??= setInterval(() => undefined, 1 << 30)
    try {
      return await work
    } finally {
      this.#waiting -= 1
      if (this.#waiting === 0) {
        clearInterval(this.#timer)
        this.#timer = undefined
      }
    }
  }
}
