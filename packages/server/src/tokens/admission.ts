import { ServerError } from '../errors/server-error.ts'
import type { Storage } from '../storage/storage.ts'
import type { Caller, TokenIdentity } from './caller.ts'
import { QuotaLedger } from './quota-ledger.ts'
import { RateLimiter } from './rate-limiter.ts'
import { periodEndsInMs, type Quota, type TokenLimits } from './token-limits.ts'
import { UsageLog, type RunUse } from './usage-log.ts'

/** The right to one run. Settle it exactly once. */
export interface Admitted {
  /** The run is over. */
  end(use: RunUse): void
  /** The server refused the run: it costs the caller nothing. */
  giveBack(): void
}

export interface AdmissionOptions {
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** How often counters are written, in milliseconds. */
const flushEveryMs = 1_000

/** Lets runs in by the limits of their token: rate, runs at one time, quota. Counts in memory and writes behind. */
export class Admission implements AsyncDisposable {
  readonly #storage: Storage
  readonly #now: () => number
  readonly #rates: RateLimiter
  readonly #quotas: QuotaLedger
  readonly #log: UsageLog
  readonly #running = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  #flushing: Promise<void> = Promise.resolve()
  #isFlushing = false

  constructor(storage: Storage, options: AdmissionOptions = {}) {
    this.#storage = storage
    this.#now = options.now ?? Date.now
    this.#rates = new RateLimiter(this.#now)
    this.#quotas = new QuotaLedger(storage.usage, this.#now)
    this.#log = new UsageLog(storage.usage, storage.tokens, this.#now)
    this.#timer = setInterval(() => {
      // A store that is slow must not find a queue of flushes when it is not.
      if (!this.#isFlushing) void this.flush()
    }, flushEveryMs)
  }

  /** Throws 429: `EK_RATE_LIMITED`, `EK_CONCURRENCY_LIMITED` or `EK_QUOTA_EXHAUSTED`, each with `Retry-After`. */
  async enter({ token }: Caller): Promise<Admitted> {
    if (token === undefined) return free
    this.#takeRate(token)
    this.#takePlace(token)
    try {
      await this.#takeQuota(token)
    } catch (error) {
      this.#leave(token.id)
      throw error
    }
    return this.#admitted(token)
  }

  /** The quota alone, for a run that starts later. */
  async reserve({ token }: Caller): Promise<void> {
    if (token === undefined) return
    this.#takeRate(token)
    await this.#takeQuota(token)
  }

  /** What was reserved is not needed. */
  giveBackReserved({ token }: Caller): void {
    const quota = token?.limits.quota
    if (token !== undefined && quota !== undefined) this.#quotas.giveBack(token.id, quota)
  }

  /** Enters a run that {@link reserve} has paid for. Throws `EK_CONCURRENCY_LIMITED`. */
  enterReserved({ token }: Caller): Admitted {
    if (token === undefined) return free
    this.#takePlace(token)
    return this.#admitted({ id: token.id, limits: withoutRuns(token.limits) })
  }

  runningOf(tokenId: string): number {
    return this.#running.get(tokenId) ?? 0
  }

  /** After the limits of a token were changed. */
  async forget(tokenId: string): Promise<void> {
    this.#rates.forget(tokenId)
    await this.#quotas.forget(tokenId)
  }

  /** Writes what was counted. Never rejects: what could not be written is tried again. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(async () => {
      this.#isFlushing = true
      await Promise.allSettled([this.#log.flush(), this.#quotas.flush()])
      this.#isFlushing = false
    })
    return this.#flushing
  }

  /** Writes the rest and gives back what was taken in advance. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
    await this.#quotas.close().catch(() => undefined)
  }

  #admitted(token: TokenIdentity): Admitted {
    const { quota } = token.limits
    return {
      end: (use) => {
        this.#leave(token.id)
        this.#log.add(token.id, use)
        if (quota?.cpuMs !== undefined) this.#quotas.spend(token.id, use.cpuMs)
      },
      giveBack: () => {
        this.#leave(token.id)
        if (quota !== undefined) this.#quotas.giveBack(token.id, quota)
      },
    }
  }

  #takeRate({ id, limits }: TokenIdentity): void {
    if (limits.rate === undefined) return
    const waitMs = this.#rates.take(id, limits.rate)
    if (waitMs === 0) return
    const { runs, windowMs } = limits.rate
    throw refusal('EK_RATE_LIMITED', 'RateLimitError', `the token may run ${runs} times in ${windowMs} ms`, waitMs)
  }

  #takePlace({ id, limits }: TokenIdentity): void {
    const running = this.runningOf(id)
    const { concurrency } = limits
    if (concurrency !== undefined && running >= concurrency) {
      const message = `the token may have ${concurrency} runs at one time`
      throw refusal('EK_CONCURRENCY_LIMITED', 'ConcurrencyError', message, 1_000)
    }
    this.#running.set(id, running + 1)
  }

  #leave(tokenId: string): void {
    const running = this.runningOf(tokenId) - 1
    if (running > 0) this.#running.set(tokenId, running)
    else this.#running.delete(tokenId)
  }

  async #takeQuota({ id, limits }: TokenIdentity): Promise<void> {
    const { quota } = limits
    if (quota === undefined || (await this.#quotas.take(id, quota))) return
    this.#logExhausted(id, quota)
    const waitMs = periodEndsInMs(quota.period, this.#now())
    throw refusal('EK_QUOTA_EXHAUSTED', 'QuotaError', `the token's quota is used up: ${describe(quota)}`, waitMs)
  }

  readonly #exhausted = new Map<string, number>()

  /** Once an hour for a token: who hammers must not fill the log. */
  #logExhausted(tokenId: string, quota: Quota): void {
    const nowMs = this.#now()
    if (nowMs - (this.#exhausted.get(tokenId) ?? -Infinity) < 3_600_000) return
    this.#exhausted.set(tokenId, nowMs)
    const event = { tokenId, atMs: nowMs, action: 'quota_exhausted', detail: JSON.stringify(quota) }
    void this.#storage.tokens.addEvents([event]).catch(() => this.#exhausted.delete(tokenId))
  }
}

const free: Admitted = { end: () => undefined, giveBack: () => undefined }

function withoutRuns(limits: TokenLimits): TokenLimits {
  const { quota, ...rest } = limits
  return quota?.cpuMs === undefined ? rest : { ...rest, quota: { period: quota.period, cpuMs: quota.cpuMs } }
}

function describe({ runs, cpuMs, period }: Quota): string {
  const parts = [
    ...(runs === undefined ? [] : [`${runs} runs`]),
    ...(cpuMs === undefined ? [] : [`${cpuMs} ms of processor time`]),
  ]
  return `${parts.join(' and ')} ${period === 'total' ? 'in total' : `a ${period}`}`
}

function refusal(
  code: 'EK_RATE_LIMITED' | 'EK_CONCURRENCY_LIMITED' | 'EK_QUOTA_EXHAUSTED',
  type: string,
  message: string,
  waitMs: number | undefined,
): ServerError {
  const retryAfterS = waitMs === undefined ? undefined : Math.max(1, Math.ceil(waitMs / 1_000))
  return new ServerError(code, message, { status: 429, type, ...(retryAfterS === undefined ? {} : { retryAfterS }) })
}
