import { monotonicMs } from '../util/clock.ts'
import type { CostModel } from './cost-model.ts'
import type { FairQueue } from './fair-queue.ts'
import type { Machinery } from './machinery.ts'
import type { Host } from './host.ts'
import type { Job } from './job.ts'
import type { Probation } from './probation.ts'

export interface DispatcherParts {
  readonly queue: FairQueue
  readonly costs: CostModel
  readonly probation: Probation
  readonly machinery: Machinery
}

export interface DispatcherOptions {
  readonly maxParked: number
  /** A run longer than this is long work, in milliseconds. */
  readonly shortMs: number
}

/** Runs of up to this processor time may wait in a host behind each other, in milliseconds. */
const quickMs = 5

/** A run that has gone on for longer than `shortMs` times this, and has used processor time meanwhile, has its host's priority lowered. */
const givesWayAfter = 4

/**
 * Gives waiting jobs to hosts. As many programs run as there are hosts in rotation, which are as many as processors. A run that has
 * gone on for longer than `shortMs` no longer keeps short work waiting: a spare takes short jobs beside it, and the kernel divides the
 * processors. So a few endless loops cost others a share of a processor, not their whole limit.
 */
export class Dispatcher {
  readonly #queue: FairQueue
  readonly #costs: CostModel
  readonly #fleet: Machinery['fleet']
  readonly #probation: Probation
  readonly #options: DispatcherOptions
  #overdueTimer: NodeJS.Timeout | undefined

  constructor({ queue, costs, probation, machinery }: DispatcherParts, options: DispatcherOptions) {
    this.#queue = queue
    this.#costs = costs
    this.#probation = probation
    this.#fleet = machinery.fleet
    this.#options = options
  }

  dispatch(): void {
    if (this.#queue.length === 0) return
    if (this.#queue.singles > 0) this.#dispatchPristine()
    for (let host = this.#freeHost(this.#fleet.active); host !== undefined; host = this.#freeHost(this.#fleet.active)) {
      if (!this.#give(host, (job) => job.request.freshness !== 'process')) break
    }
    if (this.#queue.length === 0) return
    this.#dispatchAhead()
    this.#dispatchExpress()
  }

  close(): void {
    clearTimeout(this.#overdueTimer)
  }

  /** Hosts that never ran anything serve jobs that ask for a process of their own; each serves one and is replaced. */
  #dispatchPristine(): void {
    for (const host of this.#fleet.pristine()) {
      const job = this.#queue.shift((each) => each.request.freshness === 'process' && this.#isAllowed(each))
      if (job === undefined) return
      this.#fleet.takeOut(host)
      host.dispatch(job)
      void job.report.then(() => this.#fleet.retireSingle(host))
    }
    if (this.#queue.singles > 0) this.#fleet.wantPristine()
  }

  /** A host that goes from one quick run to the next need not be woken for each. */
  #dispatchAhead(): void {
    const hosts = [...this.#fleet.active].filter((host) => this.#takesAhead(host))
    while (hosts.length > 0) {
      const job = this.#queue.shift((each) => this.#isQuick(each) && this.#isAllowed(each))
      if (job === undefined) return
      const warm = hosts.findIndex((host) => host.isWarmFor(job.request.tenant))
      const [host] = hosts.splice(Math.max(0, warm), 1)
      host?.dispatch(job)
    }
  }

  #takesAhead(host: Host): boolean {
    if (!host.hasPlaceAhead || host.parkedCount > 0) return false
    return (
      host.runningForMs(monotonicMs()) < this.#options.shortMs && host.runningJobs().every((job) => this.#isQuick(job))
    )
  }

  #isQuick({ request: { program, freshness }, stream }: Job): boolean {
    return freshness !== 'process' && stream === undefined && this.#costs.isQuick(program.id, quickMs)
  }

  /** One host that stands by for each run that is overdue. */
  #dispatchExpress(): void {
    const nowMs = monotonicMs()
    const { shortMs } = this.#options
    this.#watchOverdue(nowMs)
    if (![...this.#fleet.active].some((host) => host.runningForMs(nowMs) >= shortMs)) return
    const standby = this.#fleet.standby()
    const overdue = [...this.#fleet.active, ...standby].filter((host) => host.runningForMs(nowMs) >= shortMs)
    const overdueTenants = new Set(overdue.flatMap((host) => host.runningJobs().map(({ request }) => request.tenant)))
    let places = overdue.length - standby.filter((host) => !host.hasRunningPlace).length
    for (const host of standby) {
      if (places <= 0) break
      if (!this.#isFree(host)) continue
      if (!this.#give(host, (job) => this.#isShort(job, overdueTenants))) break
      places -= 1
    }
  }

  #isShort({ request }: Job, overdueTenants: ReadonlySet<string>): boolean {
    const { tenant, program, freshness } = request
    const tenantIsOverdue = overdueTenants.has(tenant)
    return (
      freshness !== 'process' &&
      this.#costs.isShort(tenant, program.id, { shortMs: this.#options.shortMs, tenantIsOverdue })
    )
  }

  /** Comes back when the next run becomes overdue, while something waits for it. */
  #watchOverdue(nowMs: number): void {
    if (this.#overdueTimer !== undefined) return
    const hosts = this.#busyHosts()
    if (this.#queue.length === 0 && !hosts.some((host) => host.holdsAhead)) return
    const waits = hosts.map((host) => this.#options.shortMs - host.runningForMs(nowMs)).filter((waitMs) => waitMs > 0)
    const waitMs = Math.min(this.#options.shortMs, ...waits) + 1
    this.#overdueTimer = setTimeout(() => this.#tendOverdue(), waitMs)
  }

  /** What waits behind a long run gets out of its way, and a run that stays long lets others go first. */
  #tendOverdue(): void {
    this.#overdueTimer = undefined
    const nowMs = monotonicMs()
    const { shortMs } = this.#options
    for (const host of this.#busyHosts()) {
      const forMs = host.runningForMs(nowMs)
      if (forMs >= shortMs && host.holdsAhead) host.recallAhead()
      if (forMs >= shortMs * givesWayAfter && this.#queue.length > 0) host.giveWay(shortMs)
    }
    this.dispatch()
    this.#watchOverdue(nowMs)
  }

  #busyHosts(): Host[] {
    return [...this.#fleet.active, ...this.#fleet.standby()].filter((host) => host.runningCount > 0)
  }

  /** Gives the next acceptable job to the host, or to a better one: a free host that has a warm heap of the job's tenant. */
  #give(host: Host, accepts: (job: Job) => boolean): boolean {
    const job = this.#queue.shift((each) => accepts(each) && this.#isAllowed(each))
    if (job === undefined) return false
    const { tenant } = job.request
    const warm = host.isWarmFor(tenant)
      ? host
      : [...this.#fleet.active].find((each) => this.#isFree(each) && each.isWarmFor(tenant))
    ;(warm ?? host).dispatch(job)
    return true
  }

  /**
   * A tenant whose run is going down with its host takes no other meanwhile. Tenants on probation run one program at a time together, and
   * only while no host is missing. So the next kill leaves the others theirs.
   */
  #isAllowed({ request: { tenant } }: Job): boolean {
    if (!this.#probation.shared) return true
    const nowMs = monotonicMs()
    const { hosts } = this.#fleet
    const isOf = (job: Job): boolean => job.request.tenant === tenant
    if (hosts.some((host) => host.state === 'condemned' && host.runningJobs().some(isOf))) return false
    if (!this.#probation.holds(tenant, nowMs)) return true
    const running = hosts.flatMap((host) => host.runningJobs())
    return this.#fleet.isWhole && !running.some((job) => this.#probation.holds(job.request.tenant, nowMs))
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
