/** The time of a run. Everything that waits or measures takes it from here, so that a test can run hours in seconds. */
export interface Clock {
  /** Monotonic, in milliseconds with fractions. Its zero is arbitrary. */
  nowMs(): number
  /** Wall-clock time. */
  epochMs(): number
  /** Calls back once. The returned function cancels. Zero or a negative delay calls back at the next turn. */
  schedule(delayMs: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  schedule: scheduleOnTimer,
}

/** Longest delay that `setTimeout` keeps; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1

function scheduleOnTimer(delayMs: number, callback: () => void): () => void {
  if (delayMs <= 0) {
    const immediate = setImmediate(callback)
    return () => clearImmediate(immediate)
  }
  const timer = setTimeout(callback, Math.min(delayMs, longestTimerMs))
  return () => clearTimeout(timer)
}

/** Resolves after the delay, or at once when the signal aborts; never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const cancel = clock.schedule(delayMs, done)
    signal?.addEventListener('abort', done, { once: true })
    function done(): void {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}
