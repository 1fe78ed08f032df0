/** A timer that has been scheduled. Both methods may be called at any time, more than once. */
export interface Timer {
  cancel(): void
}

/** Time as the processor sees it: it only moves forward, and no change of the wall clock reaches it. */
export interface Clock {
  /** Milliseconds since an arbitrary start. */
  now(): number
  /** Runs `run` once, `delayMs` from now at the earliest. The timer does not keep the process alive. */
  schedule(delayMs: number, run: () => void): Timer
}

/** The longest delay a Node.js timer takes; longer ones would fire at once. */
const maxTimerMs = 2_147_483_647

/** `performance.now()` and unref'd timers. */
export const monotonicClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(Math.ceil(delayMs), 0), maxTimerMs))
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}
