import { Cron } from 'croner'

/** Calls at the times of patterns, in UTC. A pattern whose work still runs when it is due again is left out. */
export class Schedule implements Disposable {
  readonly #due: (cron: string, dueMs: number) => Promise<void>
  readonly #jobs = new Map<string, Cron>()

  constructor(due: (cron: string, dueMs: number) => Promise<void>) {
    this.#due = due
  }

  /** From now on these patterns. Throws what is wrong with one, before anything has changed. */
  replace(patterns: readonly string[]): void {
    const wanted = new Set(patterns)
    const added = [...wanted].filter((pattern) => !this.#jobs.has(pattern)).map((pattern) => this.#job(pattern))
    for (const [pattern, job] of this.#jobs) {
      if (wanted.has(pattern)) continue
      job.stop()
      this.#jobs.delete(pattern)
    }
    for (const [pattern, job] of added) this.#jobs.set(pattern, job)
  }

  [Symbol.dispose](): void {
    for (const job of this.#jobs.values()) job.stop()
  }

  #job(pattern: string): [string, Cron] {
    const options = { timezone: 'Etc/UTC', protect: true, catch: true } as const
    return [
      pattern,
      new Cron(pattern, options, (self) => this.#due(pattern, (self.currentRun() ?? new Date()).getTime())),
    ]
  }
}
