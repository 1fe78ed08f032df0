interface Live {
  readonly tenant: string
  readonly controller: AbortController
}

/** Runs under way in this process, so that they can be cancelled by id. */
export class LiveExecutions {
  readonly #live = new Map<string, Live>()

  add(id: string, tenant: string, controller: AbortController): void {
    this.#live.set(id, { tenant, controller })
  }

  delete(id: string): void {
    this.#live.delete(id)
  }

  isRunning(id: string, tenant: string): boolean {
    return this.#live.get(id)?.tenant === tenant
  }

  /** False when no such run of the tenant is under way here. */
  cancel(id: string, tenant: string): boolean {
    const live = this.#live.get(id)
    if (live === undefined || live.tenant !== tenant) return false
    live.controller.abort()
    return true
  }
}
