import { BoundedMap } from '../util/bounded-map.ts'

/** A second loss within this time begins a probation of as long, and each further one lengthens it, in milliseconds. */
const probationMs = 10_000

const maxTenants = 10_000

interface Record {
  readonly lastMs: number
  readonly untilMs: number
}

/**
 * Tenants whose runs had to be ended together with their host again and again. A kill costs its author a failed run and the machine half a
 * second of processor time; whoever repeats it faster than hosts boot would leave none to the others.
 */
export class Probation {
  readonly #records = new BoundedMap<string, Record>(maxTenants)
  #first: string | undefined
  #shared = false

  /** Several tenants have come. A pool of one has nobody to protect. */
  get shared(): boolean {
    return this.#shared
  }

  /** Work of this tenant has come. */
  seen(tenant: string): void {
    if (this.#shared) return
    this.#first ??= tenant
    this.#shared = this.#first !== tenant
  }

  /** A run of this tenant cost a host. */
  charge(tenant: string, nowMs: number): void {
    const { lastMs = -Infinity } = this.#records.get(tenant) ?? {}
    const untilMs = nowMs - lastMs <= probationMs ? nowMs + probationMs : 0
    this.#records.set(tenant, { lastMs: nowMs, untilMs })
  }

  holds(tenant: string, nowMs: number): boolean {
    return this.#shared && (this.#records.get(tenant)?.untilMs ?? 0) > nowMs
  }
}
