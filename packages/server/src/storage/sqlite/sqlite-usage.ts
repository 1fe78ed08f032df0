import type { Answered } from '../storage.ts'
import type { DailyUse, QuotaTake, QuotaUse, UsageStore } from '../usage-store.ts'
import { Columns } from './columns.ts'
import { insertSql, type Database } from './database.ts'

const dailyColumns = new Columns<DailyUse>({
  tokenId: 'plain',
  day: 'plain',
  runs: 'plain',
  failures: 'plain',
  cpuMs: 'plain',
  wallMs: 'plain',
})

interface Charge extends QuotaUse {
  readonly tokenId: string
  readonly period: string
}

export class SqliteUsage implements Answered<UsageStore> {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  take({ tokenId, period, wanted, limit }: QuotaTake): number {
    return this.#db.transaction(() => {
      const { runs } = this.quota(tokenId, period)
      const granted = Math.max(0, Math.min(wanted, limit - runs))
      if (granted > 0) this.#add({ tokenId, period, runs: granted, cpuMs: 0 })
      return granted
    })
  }

  charge(charges: readonly Charge[]): void {
    this.#db.transaction(() => {
      for (const charge of charges) this.#add(charge)
    })
  }

  quota(tokenId: string, period: string): QuotaUse {
    const row = this.#db.get('SELECT runs, cpu_ms FROM quotas WHERE token_id = :tokenId AND period = :period', {
      tokenId,
      period,
    })
    return { runs: Number(row?.['runs'] ?? 0), cpuMs: Number(row?.['cpu_ms'] ?? 0) }
  }

  resetQuota(tokenId: string, period: string): void {
    this.#db.run('DELETE FROM quotas WHERE token_id = :tokenId AND period = :period', { tokenId, period })
  }

  addDaily(uses: readonly DailyUse[]): void {
    this.#db.transaction(() => {
      for (const use of uses)
        this.#db.run(
          `${insertSql('daily_usage', dailyColumns.names)} ON CONFLICT (token_id, day) DO UPDATE SET runs = runs + :runs,
           failures = failures + :failures, cpu_ms = cpu_ms + :cpu_ms, wall_ms = wall_ms + :wall_ms`,
          dailyColumns.toParameters(use),
        )
    })
  }

  daily(query: { readonly tokenId: string; readonly from: string; readonly to: string }): readonly DailyUse[] {
    return this.#db
      .all('SELECT * FROM daily_usage WHERE token_id = :tokenId AND day BETWEEN :from AND :to ORDER BY day', {
        ...query,
      })
      .map((row) => dailyColumns.toRecord(row))
  }

  #add({ tokenId, period, runs, cpuMs }: Charge): void {
    this.#db.run(
      `INSERT INTO quotas (token_id, period, runs, cpu_ms) VALUES (:tokenId, :period, MAX(0, :runs), :cpuMs)
       ON CONFLICT (token_id, period) DO UPDATE SET runs = MAX(0, runs + :runs), cpu_ms = cpu_ms + :cpuMs`,
      { tokenId, period, runs, cpuMs },
    )
  }
}
