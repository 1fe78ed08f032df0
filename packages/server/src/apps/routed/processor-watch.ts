import { readFileSync } from 'node:fs'

/** Measures the processor time that a process uses while its event loop does not turn. */
export class ProcessorWatch {
  readonly #file: string
  #startedAtMs: number | undefined

  constructor(pid: number) {
    this.#file = `/proc/${pid}/task/${pid}/schedstat`
  }

  /** From now on. Does nothing while it measures. */
  start(): void {
    this.#startedAtMs ??= this.#readMs()
  }

  stop(): void {
    this.#startedAtMs = undefined
  }

  /** Since the start; 0 while it does not measure. */
  usedMs(): number {
    return this.#startedAtMs === undefined ? 0 : this.#readMs() - this.#startedAtMs
  }

  /** Of the main thread. Where the system does not say, time on the clock. */
  #readMs(): number {
    try {
      return Number(readFileSync(this.#file, 'utf8').split(' ')[0]) / 1e6
    } catch {
      return performance.now()
    }
  }
}
