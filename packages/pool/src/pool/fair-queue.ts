import { TurnoverMap } from '../util/turnover-map.ts'
import type { Job } from './job.ts'

interface TenantQueue {
  /** By id: a map keeps order and forgets a cancelled job at once. */
  readonly jobs: TurnoverMap<number, Job>
  /** Cost of everything dispatched, plus what it missed while idle. */
  virtualMs: number
  queuedMs: number
}

/**
 * Jobs that wait for a host: first come first served within a tenant unless told otherwise, fair shares of processor time between tenants (start-time fair
 * queueing, Goyal, Vin and Cheng 1996). A tenant's clock advances by what its work costs; the tenant whose clock is furthest behind
 * is next, so a flood of one tenant delays the others by at most the job that runs.
 */
export class FairQueue {
  readonly #tenants = new TurnoverMap<string, TenantQueue>()
  /** Clocks of tenants that have work in hosts but none waiting, so that a debt is not forgotten between two jobs. */
  readonly #resting = new Map<string, number>()
  /** Within a tenant; between tenants shares stay what they are. */
  newestFirst = false
  #virtualMs = 0
  #length = 0
  #queuedMs = 0
  #servedMs = 0
  #singles = 0

  get length(): number {
    return this.#length
  }

  /** Estimated cost of everything that waits, in milliseconds. */
  get queuedMs(): number {
    return this.#queuedMs
  }

  /** Estimated cost of everything that was given to hosts so far, in milliseconds. */
  get servedMs(): number {
    return this.#servedMs
  }

  /** Jobs that ask for a process of their own. */
  get singles(): number {
    return this.#singles
  }

  get tenantCount(): number {
    return this.#tenants.size
  }

  lengthOf(tenant: string): number {
    return this.#tenants.get(tenant)?.jobs.size ?? 0
  }

  queuedMsOf(tenant: string): number {
    return this.#tenants.get(tenant)?.queuedMs ?? 0
  }

  push(job: Job): void {
    const queue = this.#queueOf(job)
    queue.jobs.set(job.id, job)
    this.#account(queue, job, 1)
  }

  /** Takes a job back that has cost nothing; it is the next of its tenant. */
  unshift(job: Job): void {
    this.correct(job.request.tenant, -job.estimateMs)
    const queue = this.#queueOf(job)
    const later = [...queue.jobs.values()]
    queue.jobs.clear()
    for (const each of [job, ...later]) queue.jobs.set(each.id, each)
    this.#account(queue, job, 1)
  }

  /** The next job that `accepts` takes, of the tenant furthest behind. */
  shift(accepts: (job: Job) => boolean): Job | undefined {
    let best: { job: Job; queue: TenantQueue } | undefined
    for (const queue of this.#tenants.values()) {
      if (best !== undefined && queue.virtualMs >= best.queue.virtualMs) continue
      const jobs = queue.jobs.values()
      const job = firstAccepted(this.newestFirst ? [...jobs].toReversed() : jobs, accepts)
      if (job !== undefined) best = { job, queue }
    }
    if (best === undefined) return undefined
    this.#virtualMs = Math.max(this.#virtualMs, best.queue.virtualMs)
    best.queue.virtualMs += best.job.estimateMs
    this.#servedMs += best.job.estimateMs
    this.#remove(best.queue, best.job)
    return best.job
  }

  delete(job: Job): boolean {
    const queue = this.#tenants.get(job.request.tenant)
    if (queue === undefined || !queue.jobs.has(job.id)) return false
    this.#remove(queue, job)
    return true
  }

  /** Charges the difference once the real cost is known. */
  correct(tenant: string, differenceMs: number): void {
    const queue = this.#tenants.get(tenant)
    if (queue !== undefined) queue.virtualMs += differenceMs
    else this.#rest(tenant, (this.#resting.get(tenant) ?? this.#virtualMs) + differenceMs)
  }

  /** Jobs in the order in which they came. */
  *[Symbol.iterator](): Iterator<Job> {
    for (const { jobs } of this.#tenants.values()) yield* jobs.values()
  }

  #queueOf({ request: { tenant } }: Job): TenantQueue {
    const existing = this.#tenants.get(tenant)
    if (existing !== undefined) return existing
    const virtualMs = Math.max(this.#virtualMs, this.#resting.get(tenant) ?? 0)
    const queue: TenantQueue = { jobs: new TurnoverMap(), virtualMs, queuedMs: 0 }
    this.#resting.delete(tenant)
    this.#tenants.set(tenant, queue)
    return queue
  }

  #remove(queue: TenantQueue, job: Job): void {
    queue.jobs.delete(job.id)
    this.#account(queue, job, -1)
    if (queue.jobs.size > 0) return
    this.#tenants.delete(job.request.tenant)
    this.#rest(job.request.tenant, queue.virtualMs)
  }

  /** Clocks that time has caught up with need not be kept. */
  #rest(tenant: string, virtualMs: number): void {
    if (virtualMs > this.#virtualMs) this.#resting.set(tenant, virtualMs)
    else this.#resting.delete(tenant)
    if (this.#resting.size <= 1_000) return
    for (const [name, clockMs] of this.#resting) if (clockMs <= this.#virtualMs) this.#resting.delete(name)
  }

  #account(queue: TenantQueue, job: Job, sign: 1 | -1): void {
    this.#length += sign
    if (job.request.freshness === 'process') this.#singles += sign
    queue.queuedMs += sign * job.estimateMs
    this.#queuedMs = this.#length === 0 ? 0 : this.#queuedMs + sign * job.estimateMs
  }
}

/** Looks a little past the head only: the head is what fairness within the tenant promises. */
const lookAhead = 8

function firstAccepted(jobs: Iterable<Job>, accepts: (job: Job) => boolean): Job | undefined {
  let looked = 0
  for (const job of jobs) {
    if (accepts(job)) return job
    looked += 1
    if (looked >= lookAhead) return undefined
  }
  return undefined
}
