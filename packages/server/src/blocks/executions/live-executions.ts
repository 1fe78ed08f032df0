import { TurnoverMap } from '@evenkeel/pool/turnover'

interface Live {
  readonly tenant: string
  readonly controller: AbortController
}

/** Runs under way in this process, so that they can be cancelled by id. */
export class LiveExecutions {
  readonly #live = new TurnoverMap<string, Live>()

  add(id: string, tenant: string, controller: AbortController): void {
    this.#live.set(id, { tenant, controller })
  }

  delete(id: string): void {
    this.#live.delete(id)
  }

  /** Whether such a run of one of the tenants is under way here. */
  isRunning(id: string, tenants: readonly string[]): boolean {
    const live = this.#live.get(id)
    return live !== undefined && tenants.includes(live.tenant)
  }

  /** False when no such run of the tenants is under way here. */
  cancel(id: string, tenants: readonly string[]): boolean {
    const live = this.#live.get(id)
    if (live === undefined || !tenants.includes(live.tenant)) return false
    live.controller.abort()
    return true
  }
}
