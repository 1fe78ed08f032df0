import { PerformanceObserver } from 'node:perf_hooks'

/** Counts how long the collector has stopped this process' own heap, in milliseconds. V8 tells nothing of the heaps of isolates. */
export class GcClock {
  #totalMs = 0

  constructor() {
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#totalMs += duration
    })
    observer.observe({ entryTypes: ['gc'] })
  }

  /** Whole up to the last turn of the event loop. */
  get totalMs(): number {
    return this.#totalMs
  }
}
