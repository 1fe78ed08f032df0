/** Part of a quota, taken in advance so that admission needs no call to the store for each run. */
export interface QuotaTake {
  readonly tokenId: string
  /** Such as `2026-11`. */
  readonly period: string
  readonly wanted: number
  /** Runs in the period. The store never grants more in total, whoever asks. */
  readonly limit: number
}

export interface QuotaUse {
  readonly runs: number
  readonly cpuMs: number
}

/** What a token did on one day. Added to what the store has. */
export interface DailyUse {
  readonly tokenId: string
  /** Such as `2026-11-21`, UTC. */
  readonly day: string
  readonly runs: number
  readonly failures: number
  readonly cpuMs: number
  readonly wallMs: number
}

export interface UsageStore {
  /** How many of the wanted runs are granted; 0 when the quota is used up. */
  take(take: QuotaTake): Promise<number>
  /** Adds to what was used: positive for runs that were not taken, negative for those taken and not used. */
  charge(
    charges: readonly {
      readonly tokenId: string
      readonly period: string
      readonly runs: number
      readonly cpuMs: number
    }[],
  ): Promise<void>
  quota(tokenId: string, period: string): Promise<QuotaUse>
  resetQuota(tokenId: string, period: string): Promise<void>
  addDaily(uses: readonly DailyUse[]): Promise<void>
  /** Days from and to, both included. */
  daily(query: { readonly tokenId: string; readonly from: string; readonly to: string }): Promise<readonly DailyUse[]>
}
