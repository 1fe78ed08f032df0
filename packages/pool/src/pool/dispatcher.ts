import { monotonicMs } from '../util/clock.ts'
import type { CostModel } from './cost-model.ts'
import type { FairQueue } from './fair-queue.ts'
import type { Machinery } from './machinery.ts'
import type { Host } from './host.ts'
import type { Job } from './job.ts'

export interface DispatcherOptions {
  readonly maxParked: number
  /** A run longer than this is long work, in milliseconds. */
  readonly shortMs: number
}

/**
 * Gives waiting jobs to hosts. As many programs run as there are hosts in rotation, which are as many as processors. A run that has
 * gone on for longer than `shortMs` no longer keeps short work waiting: a spare takes short jobs beside it, and the kernel divides the
 * processors. So a few endless loops cost others a share of a processor, not their whole limit.
 */
export class Dispatcher {
  readonly #queue: FairQueue
  readonly #costs: CostModel
  readonly #fleet: Machinery['fleet']
  readonly #options: DispatcherOptions
  #overdueTimer: NodeJS.Timeout | undefined

  constructor(queue: FairQueue, costs: CostModel, machinery: Machinery, options: DispatcherOptions) {
    this.#queue = queue
    this.#costs = costs
    this.#fleet = machinery.fleet
    this.#options = options
  }

  dispatch(): void {
    if (this.#queue.length === 0) return
    if (this.#queue.singles > 0) this.#dispatchPristine()
    for (let host = this.#freeHost(this.#fleet.active); host !== undefined; host = this.#freeHost(this.#fleet.active)) {
      if (!this.#give(host, (job) => job.request.freshness !== 'process')) break
    }
    if (this.#queue.length > 0) this.#dispatchExpress()
  }

  close(): void {
    clearTimeout(this.#overdueTimer)
  }

  /** Hosts that never ran anything serve jobs that ask for a process of their own; each serves one and is replaced. */
  #dispatchPristine(): void {
    for (const host of this.#fleet.pristine()) {
      const job = this.#queue.shift(({ request }) => request.freshness === 'process')
      if (job === undefined) return
      this.#fleet.takeOut(host)
      host.dispatch(job)
      void job.report.then(() => this.#fleet.retireSingle(host))
    }
    if (this.#queue.singles > 0) this.#fleet.wantPristine()
  }

  /** One host that stands by for each run that is overdue. */
  #dispatchExpress(): void {
    const nowMs = monotonicMs()
    const standby = this.#fleet.standby()
    const hosts = [...this.#fleet.active, ...standby]
    const overdue = hosts.filter((host) => host.runningForMs(nowMs) >= this.#options.shortMs)
    for (const host of overdue) host.giveWay()
    const overdueTenants = new Set(overdue.flatMap((host) => host.runningJobs().map(({ request }) => request.tenant)))
    let places = overdue.length - standby.filter((host) => !host.hasRunningPlace).length
    for (const host of standby) {
      if (places <= 0) break
      if (!this.#isFree(host)) continue
      if (!this.#give(host, (job) => this.#isShort(job, overdueTenants))) break
      places -= 1
    }
    this.#watchOverdue(nowMs, hosts)
  }

  #isShort({ request }: Job, overdueTenants: ReadonlySet<string>): boolean {
    const { tenant, program, freshness } = request
    const tenantIsOverdue = overdueTenants.has(tenant)
    return (
      freshness !== 'process' &&
      this.#costs.isShort(tenant, program.id, { shortMs: this.#options.shortMs, tenantIsOverdue })
    )
  }

  /** Comes back when the next run becomes overdue. */
  #watchOverdue(nowMs: number, hosts: readonly Host[]): void {
    if (this.#overdueTimer !== undefined || this.#queue.length === 0) return
    const waits = hosts.map((host) => this.#options.shortMs - host.runningForMs(nowMs)).filter((waitMs) => waitMs > 0)
    if (waits.length === 0) return
    this.#overdueTimer = setTimeout(
      () => {
        this.#overdueTimer = undefined
        this.dispatch()
      },
      Math.min(...waits) + 1,
    )
  }

  /** Gives the next acceptable job to the host, or to a better one: a free host that has a warm heap of the job's tenant. */
  #give(host: Host, accepts: (job: Job) => boolean): boolean {
    const job = this.#queue.shift(accepts)
    if (job === undefined) return false
    const { tenant } = job.request
    const warm = host.isWarmFor(tenant)
      ? host
      : [...this.#fleet.active].find((each) => this.#isFree(each) && each.isWarmFor(tenant))
    ;(warm ?? host).dispatch(job)
    return true
  }

  #freeHost(hosts: Iterable<Host>): Host | undefined {
    let least: Host | undefined
    for (const host of hosts) {
      if (this.#isFree(host) && (least === undefined || host.runningCount < least.runningCount)) least = host
    }
    return least
  }

  #isFree(host: Host): boolean {
    return host.hasRunningPlace && host.parkedCount < this.#options.maxParked
  }
}
