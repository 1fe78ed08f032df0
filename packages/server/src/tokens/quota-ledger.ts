import type { UsageStore } from '../storage/usage-store.ts'
import { periodOf, type Quota } from './token-limits.ts'

interface Account {
  readonly tokenId: string
  readonly period: string
  /** Runs taken from the store and not used yet. */
  held: number
  waiters: number
  refill: Promise<void> | undefined
  exhaustedAtMs: number
  /** Known to be used in the period, by all. */
  cpuMs: number
  /** Not told to the store yet. */
  pendingRuns: number
  pendingCpuMs: number
}

/** Runs taken from the store at a time, at most: what a crash can cost a token. */
const largestTake = 64
/** An exhausted quota is asked for again after this time: somebody may have reset it. In milliseconds. */
const askAgainMs = 1_000

/**
 * Quotas that never admit too much, on any number of servers with one store: runs are taken from the store in small lots and used
 * from memory. When the store is down, runs are admitted and charged later.
 */
export class QuotaLedger {
  readonly #usage: UsageStore
  readonly #now: () => number
  readonly #accounts = new Map<string, Account>()

  constructor(usage: UsageStore, now: () => number) {
    this.#usage = usage
    this.#now = now
  }

  /** True when one run is taken. */
  async take(tokenId: string, quota: Quota): Promise<boolean> {
    const account = await this.#account(tokenId, quota)
    if (quota.cpuMs !== undefined && account.cpuMs >= quota.cpuMs) return false
    if (quota.runs === undefined) return true
    account.waiters += 1
    try {
      while (account.held === 0) {
        if (this.#now() - account.exhaustedAtMs < askAgainMs) return false
        account.refill ??= this.#refill(account, quota.runs)
        await account.refill
      }
      account.held -= 1
      return true
    } finally {
      account.waiters -= 1
    }
  }

  /** The run did not happen. */
  giveBack(tokenId: string, quota: Quota): void {
    const account = this.#accounts.get(tokenId)
    if (account?.period === periodOf(quota.period, this.#now()) && quota.runs !== undefined) account.held += 1
  }

  spend(tokenId: string, cpuMs: number): void {
    const account = this.#accounts.get(tokenId)
    if (account === undefined) return
    account.cpuMs += cpuMs
    account.pendingCpuMs += cpuMs
  }

  /** Tells the store what was used, and learns what others used. */
  async flush(): Promise<void> {
    const due = [...this.#accounts.values()].filter(({ pendingRuns, pendingCpuMs }) => pendingRuns + pendingCpuMs > 0)
    if (due.length === 0) return
    const charges = due.map(({ tokenId, period, pendingRuns: runs, pendingCpuMs: cpuMs }) => ({
      tokenId,
      period,
      runs,
      cpuMs,
    }))
    await this.#usage.charge(charges)
    for (const [index, account] of due.entries()) {
      account.pendingRuns -= charges[index]?.runs ?? 0
      account.pendingCpuMs -= charges[index]?.cpuMs ?? 0
      if (account.pendingCpuMs === 0) account.cpuMs = (await this.#usage.quota(account.tokenId, account.period)).cpuMs
    }
  }

  /** Forgets a token whose quota was changed or reset, and gives back what it holds. */
  async forget(tokenId: string): Promise<void> {
    const account = this.#accounts.get(tokenId)
    if (account === undefined) return
    this.#accounts.delete(tokenId)
    await this.#return([account])
  }

  /** Gives back every run that was taken and not used. */
  async close(): Promise<void> {
    const accounts = [...this.#accounts.values()]
    this.#accounts.clear()
    await this.#return(accounts)
  }

  async #return(accounts: readonly Account[]): Promise<void> {
    const charges = accounts
      .map(({ tokenId, period, held, pendingRuns, pendingCpuMs }) => ({
        tokenId,
        period,
        runs: pendingRuns - held,
        cpuMs: pendingCpuMs,
      }))
      .filter(({ runs, cpuMs }) => runs !== 0 || cpuMs !== 0)
    if (charges.length > 0) await this.#usage.charge(charges)
  }

  async #account(tokenId: string, quota: Quota): Promise<Account> {
    const period = periodOf(quota.period, this.#now())
    const known = this.#accounts.get(tokenId)
    if (known?.period === period) return known
    const cpuMs = await this.#usedCpuMs(tokenId, period, quota)
    // Another call may have opened the account meanwhile.
    const current = this.#accounts.get(tokenId)
    if (current?.period === period) return current
    const account: Account = {
      tokenId,
      period,
      held: 0,
      waiters: 0,
      refill: undefined,
      exhaustedAtMs: -Infinity,
      cpuMs,
      pendingRuns: 0,
      pendingCpuMs: 0,
    }
    this.#accounts.set(tokenId, account)
    return account
  }

  async #usedCpuMs(tokenId: string, period: string, quota: Quota): Promise<number> {
    if (quota.cpuMs === undefined) return 0
    try {
      return (await this.#usage.quota(tokenId, period)).cpuMs
    } catch {
      return 0
    }
  }

  async #refill(account: Account, limit: number): Promise<void> {
    const { tokenId, period, waiters } = account
    const wanted = Math.min(largestTake, Math.max(waiters, Math.floor(limit / 100), 1))
    try {
      const granted = await this.#usage.take({ tokenId, period, wanted, limit })
      account.held += granted
      if (granted === 0) account.exhaustedAtMs = this.#now()
    } catch {
      account.held += wanted
      account.pendingRuns += wanted
    } finally {
      account.refill = undefined
    }
  }
}
