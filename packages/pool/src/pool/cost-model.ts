import { BoundedMap } from '../util/bounded-map.ts'

/** Weight of the newest measurement: about the last ten count. */
const newestWeight = 0.2

/** What an unknown program is taken to cost, in milliseconds: a trivial block's price. */
const unknownMs = 1

const maxPrograms = 10_000
const maxTenants = 10_000

/** What programs and tenants have cost so far: processor milliseconds of a run, as moving averages. */
export class CostModel {
  readonly #programs = new BoundedMap<string, number>(maxPrograms)
  readonly #tenants = new BoundedMap<string, number>(maxTenants)

  /** The program's own history, else its tenant's, else the price of a trivial block. */
  estimateMs(tenant: string, programId: string): number {
    return this.#programs.get(programId) ?? this.#tenants.get(tenant) ?? unknownMs
  }

  observe(tenant: string, programId: string, costMs: number): void {
    const cost = Math.max(costMs, 0.05)
    this.#programs.set(programId, averaged(this.#programs.get(programId), cost))
    this.#tenants.set(tenant, averaged(this.#tenants.get(tenant), cost))
  }

  /** Whether the program's own runs have been that short. */
  isQuick(programId: string, quickMs: number): boolean {
    return (this.#programs.get(programId) ?? Infinity) < quickMs
  }

  /**
   * Whether to expect a run of up to `shortMs`. A program with a history is judged by it. One without is judged by its tenant, and a
   * tenant of whom some run is overdue now gets no credit: an endless loop is known as long work before it ends.
   */
  isShort(tenant: string, programId: string, expectation: { shortMs: number; tenantIsOverdue: boolean }): boolean {
    const own = this.#programs.get(programId)
    if (own !== undefined) return own < expectation.shortMs
    return !expectation.tenantIsOverdue && this.estimateMs(tenant, programId) < expectation.shortMs
  }
}

function averaged(average: number | undefined, value: number): number {
  return average === undefined ? value : average + (value - average) * newestWeight
}
