import type { TokensStore } from '../storage/tokens-store.ts'
import type { DailyUse, UsageStore } from '../storage/usage-store.ts'

export interface RunUse {
  readonly failed: boolean
  readonly cpuMs: number
  readonly wallMs: number
}

/** Adds up in memory what each token did on each day, until the next flush. */
export class UsageLog {
  readonly #usage: UsageStore
  readonly #tokens: TokensStore
  readonly #now: () => number
  #days = new Map<string, DailyUse>()
  #lastUsed = new Map<string, number>()

  constructor(usage: UsageStore, tokens: TokensStore, now: () => number) {
    this.#usage = usage
    this.#tokens = tokens
    this.#now = now
  }

  add(tokenId: string, { failed, cpuMs, wallMs }: RunUse): void {
    const nowMs = this.#now()
    const day = new Date(nowMs).toISOString().slice(0, 10)
    this.#merge({ tokenId, day, runs: 1, failures: failed ? 1 : 0, cpuMs, wallMs })
    this.#lastUsed.set(tokenId, nowMs)
  }

  /** What could not be written stays for the next time. */
  async flush(): Promise<void> {
    const days = [...this.#days.values()]
    const uses = [...this.#lastUsed].map(([id, atMs]) => ({ id, atMs }))
    if (days.length === 0) return
    this.#days = new Map()
    this.#lastUsed = new Map()
    try {
      await this.#usage.addDaily(days)
    } catch (error) {
      for (const day of days) this.#merge(day)
      throw error
    }
    await this.#tokens.touch(uses)
  }

  #merge(use: DailyUse): void {
    const key = `${use.day} ${use.tokenId}`
    const sum = this.#days.get(key)
    if (sum === undefined) return void this.#days.set(key, use)
    this.#days.set(key, {
      ...use,
      runs: sum.runs + use.runs,
      failures: sum.failures + use.failures,
      cpuMs: sum.cpuMs + use.cpuMs,
      wallMs: sum.wallMs + use.wallMs,
    })
  }
}
