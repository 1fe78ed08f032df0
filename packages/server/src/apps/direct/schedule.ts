import type * as Croner from 'croner'
import { ServerError } from '../../errors/server-error.ts'

let croner: typeof Croner | undefined

function loaded(): typeof Croner {
  if (croner === undefined) throw new Error('the patterns were not checked')
  return croner
}

/** Calls at the times of patterns, in UTC. A pattern whose work still runs when it is due again is left out. */
export class Schedule implements Disposable {
  readonly #due: (cron: string, dueMs: number) => Promise<void>
  readonly #jobs = new Map<string, Croner.Cron>()

  constructor(due: (cron: string, dueMs: number) => Promise<void>) {
    this.#due = due
  }

  /** Rejects with `EK_APP_LOAD` for a pattern that is none. To be called before {@link replace}. */
  static async check(patterns: readonly string[]): Promise<void> {
    // Most apps have none, and do not pay for it.
    if (patterns.length > 0) croner ??= await import('croner')
    for (const pattern of patterns) {
      try {
        new (loaded().Cron)(pattern, { timezone: 'Etc/UTC', paused: true }).stop()
      } catch (error) {
        const text = JSON.stringify(pattern)
        throw new ServerError('EK_APP_LOAD', `the pattern ${text} in "crons" is none: ${(error as Error).message}`)
      }
    }
  }

  /** From now on these patterns, which were checked. */
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

  #job(pattern: string): [string, Croner.Cron] {
    const options = { timezone: 'Etc/UTC', protect: true, catch: true } as const
    return [
      pattern,
      new (loaded().Cron)(pattern, options, (self) => this.#due(pattern, (self.currentRun() ?? new Date()).getTime())),
    ]
  }
}
