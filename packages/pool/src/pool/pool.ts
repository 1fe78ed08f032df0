import { noUsage } from '../contract/outcome.ts'
import { poolChannels } from '../telemetry/channels.ts'
import { readCapacity } from '../util/capacity.ts'
import { monotonicMs } from '../util/clock.ts'
import { TurnoverMap } from '../util/turnover-map.ts'
import { admit, isSustained, refusal } from './admission.ts'
import { CostModel } from './cost-model.ts'
import { Dispatcher } from './dispatcher.ts'
import { FairQueue } from './fair-queue.ts'
import { Job } from './job.ts'
import { Machinery } from './machinery.ts'
import { Probation } from './probation.ts'
import { resolvePoolOptions, type PoolOptions, type ResolvedPoolOptions } from './options.ts'
import { poolMoment, poolStats, type PoolStats } from './pool-stats.ts'
import type { Refusal, RefusalReason, RefusedReport, RunReport, RunRequest } from './report.ts'
import { ServiceRate } from './service-rate.ts'
import { StreamJob } from './stream-job.ts'
import { openedRun, streamsUnsupported, type OpenedRun, type OpenRequest } from './stream-run.ts'
import { TailRecorder, type SlowRun } from './tail-recorder.ts'

/** Boots the hosts and resolves when all of them take work. Rejects with `EK_POOL_OPTION` or `EK_POOL_START`. */
export async function createPool(options: PoolOptions): Promise<Pool> {
  const pool = new Pool(resolvePoolOptions(options, readCapacity()))
  await pool.start()
  return pool
}

/** Runs programs in host processes: one shared queue, hard limits, every end explained. Created by {@link createPool}. */
export class Pool implements AsyncDisposable {
  readonly #options: ResolvedPoolOptions
  readonly #queue = new FairQueue()
  readonly #costs = new CostModel()
  readonly #probation = new Probation()
  readonly #serviceRate: ServiceRate
  readonly #tail = new TailRecorder()
  readonly #jobs = new TurnoverMap<number, Job>()
  readonly #runsOfTenant = new Map<string, number>()
  readonly #machinery: Machinery
  readonly #dispatcher: Dispatcher
  #nextJobId = 1
  #state: 'open' | 'draining' | 'closed' = 'open'
  #queueBusySinceMs: number | undefined
  #expiry: NodeJS.Timeout | undefined
  #idle: (() => void) | undefined

  constructor(options: ResolvedPoolOptions) {
    this.#options = options
    this.#serviceRate = new ServiceRate(options.hosts)
    this.#machinery = new Machinery(options, {
      freed: () => this.#dispatch(),
      unstarted: (job) => this.#retry(job),
      returned: (job) => this.#queueFirst(job),
      queueDelayMs: () => this.#oldestWaitMs(),
    })
    const parts = { queue: this.#queue, costs: this.#costs, probation: this.#probation, machinery: this.#machinery }
    this.#dispatcher = new Dispatcher(parts, options)
  }

  /** As in the options; a label. */
  get name(): string {
    return this.#options.name
  }

  async start(): Promise<void> {
    try {
      await this.#machinery.start()
    } catch (error) {
      await this.close({ deadlineMs: 0 })
      throw error
    }
  }

  stats(): PoolStats {
    const open = this.#state === 'open'
    return poolStats(this.#machinery, { open, queued: this.#queue.length, jobs: this.#jobs.size })
  }

  /** The slowest runs of the last hour, slowest first. */
  slowest(): readonly SlowRun[] {
    return this.#tail.slowest()
  }

  /** Process ids of the hosts in rotation. */
  hostPids(): readonly number[] {
    return [...this.#machinery.fleet.active].map((host) => host.pid).filter((pid) => pid !== undefined)
  }

  /** Changes how many hosts are in rotation, from 1 to `hosts`. More boot; fewer drain and end. */
  resize(hosts: number): void {
    this.#machinery.fleet.resize(Math.max(1, Math.min(hosts, this.#options.hosts)))
  }

  /** Replaces every host of the rotation, one after the other, without losing work. Resolves when all are replaced. */
  async recycleAll(): Promise<void> {
    await this.#machinery.recycleAll()
  }

  /** Never rejects for what a program does, nor for overload: the report says what happened. */
  run(request: RunRequest): Promise<RunReport> {
    return this.#submit(this.#job(request))
  }

  /**
   * What a run of this tenant would be told if it came now, counted as a run that was refused; undefined when it would be taken. For who can
   * turn a caller away before reading what it wants.
   */
  turnAway(tenant: string): RefusedReport | undefined {
    const outcome = this.#admit(tenant)
    if (outcome === undefined) return undefined
    const report = { outcome, logs: [], logsTruncated: false, timeline: { queueMs: 0, initMs: 0, dispatchMs: 0 } }
    this.#announce({ tenant, programId: '' }, report)
    return report
  }

  /**
   * Opens a run as a stream: resolves when the program begins to answer, or when the run is over without that. Rejects with
   * `EK_POOL_STREAM_UNSUPPORTED` when the engine cannot stream, never for what a program does nor for overload.
   */
  async open(request: OpenRequest): Promise<OpenedRun> {
    const { engine } = this.#options
    if (engine.streams !== true) throw streamsUnsupported(engine.name)
    const stream = new StreamJob(request.body, request.messages === true)
    const job = this.#job(request, stream)
    void this.#submit(job)
    return openedRun(job, stream, () => this.#cancel(job))
  }

  #job(request: RunRequest, stream?: StreamJob): Job {
    return new Job(this.#nextJobId++, request, this.#costs.estimateMs(request.tenant, request.program.id), stream)
  }

  async #submit(job: Job): Promise<RunReport> {
    const { tenant, signal } = job.request
    const refused = signal?.aborted === true ? refusal('cancelled', 0) : this.#admit(tenant)
    if (refused !== undefined) job.settle(refused)
    else this.#enqueue(job)
    const report = await job.report
    this.#publish(job, report)
    return report
  }

  /** Takes no new work, lets what is running end within `deadlineMs` (default 10000), then kills every host. Idempotent. */
  async close(options: { deadlineMs?: number } = {}): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'draining'
    for (const host of this.#machinery.fleet.hosts) host.announceDrain()
    await this.#drained(options.deadlineMs ?? 10_000)
    this.#state = 'closed'
    clearTimeout(this.#expiry)
    for (const job of this.#queue) job.settle(refusal('draining', 1_000))
    this.#dispatcher.close()
    await this.#machinery.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #admit(tenant: string): Refusal | undefined {
    if (this.#state !== 'open') return refusal('draining', 1_000)
    if (this.#machinery.state === 'lost') return refusal('unavailable', 1_000)
    const tenantRuns = this.#runsOfTenant.get(tenant) ?? 0
    const nowMs = monotonicMs()
    const busySinceMs = this.#queueBusySinceMs
    this.#serviceRate.observe(nowMs, this.#queue.servedMs, busySinceMs)
    const servicePerMs = this.#serviceRate.perMs
    return admit(tenant, this.#options, { queue: this.#queue, servicePerMs, tenantRuns, busySinceMs, nowMs })
  }

  #enqueue(job: Job): void {
    const { tenant, signal } = job.request
    this.#jobs.set(job.id, job)
    this.#probation.seen(tenant)
    this.#runsOfTenant.set(tenant, (this.#runsOfTenant.get(tenant) ?? 0) + 1)
    this.#queue.push(job)
    const cancel = (): void => this.#cancel(job)
    signal?.addEventListener('abort', cancel, { once: true })
    void job.report.then((report) => {
      signal?.removeEventListener('abort', cancel)
      this.#forget(job, report)
    })
    this.#dispatch()
    this.#watchExpiry()
  }

  #watchExpiry(): void {
    if (this.#queue.length > 0) this.#expiry ??= setTimeout(() => this.#expire(), this.#options.maxQueueMs)
  }

  #dispatch(): void {
    if (this.#options.overloadOrder === 'newest')
      this.#queue.newestFirst = isSustained(
        { busySinceMs: this.#queueBusySinceMs, nowMs: monotonicMs() },
        this.#options,
      )
    this.#dispatcher.dispatch()
    if (this.#queue.length === 0) this.#queueBusySinceMs = undefined
    else this.#queueBusySinceMs ??= monotonicMs()
  }

  /** What a job has cost is known: its tenant pays the difference to the estimate. */
  #forget(job: Job, { outcome, timeline }: RunReport): void {
    const { tenant, program } = job.request
    this.#jobs.delete(job.id)
    if (job.costHost) this.#probation.charge(tenant, monotonicMs())
    const runs = (this.#runsOfTenant.get(tenant) ?? 1) - 1
    if (runs > 0) this.#runsOfTenant.set(tenant, runs)
    else this.#runsOfTenant.delete(tenant)
    if (outcome.status !== 'refused') {
      const killed = outcome.status === 'ended' && outcome.usage.cpuMs === 0
      const costMs = killed ? outcome.usage.wallMs : outcome.usage.cpuMs
      this.#costs.observe(tenant, program.id, costMs)
      this.#queue.correct(tenant, costMs - job.estimateMs)
      this.#machinery.observeWait(timeline.queueMs)
    }
    if (this.#jobs.size === 0) this.#idle?.()
  }

  #cancel(job: Job): void {
    if (this.#queue.delete(job)) return job.settle(refusal('cancelled', 0))
    this.#machinery.hostOf(job)?.cancel(job)
  }

  /** Its host died before the program began, so that it may run elsewhere, once. */
  #retry(job: Job): void {
    if (this.#state === 'closed') return job.settle(refusal('draining', 1_000))
    job.retried = true
    this.#queue.push(job)
    this.#dispatch()
    this.#watchExpiry()
  }

  /** It waits again, before the others of its tenant. */
  #queueFirst(job: Job): void {
    if (job.settled) return
    if (this.#state === 'closed') return job.settle(refusal('draining', 1_000))
    this.#queue.unshift(job)
    this.#dispatch()
    this.#watchExpiry()
  }

  #expire(): void {
    this.#expiry = undefined
    const nowMs = monotonicMs()
    let nextMs = Infinity
    const waiting = [...this.#queue]
    for (const job of waiting) {
      const leftMs = job.enqueuedAtMs + this.#options.maxQueueMs - nowMs
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs)
      else if (this.#queue.delete(job)) job.settle(refusal(this.#lateReason(job, nowMs), this.#options.maxQueueMs))
    }
    if (nextMs < Infinity) this.#expiry = setTimeout(() => this.#expire(), nextMs)
  }

  /** Who waits for the hosts that its own runs cost waits for itself. */
  #lateReason({ request }: Job, nowMs: number): RefusalReason {
    return this.#probation.holds(request.tenant, nowMs) ? 'tenant_queue_full' : 'queue_timeout'
  }

  #oldestWaitMs(): number {
    const [oldest] = this.#queue
    return oldest === undefined ? 0 : monotonicMs() - oldest.enqueuedAtMs
  }

  async #drained(deadlineMs: number): Promise<void> {
    if (this.#jobs.size === 0) return
    const idle = Promise.withResolvers<void>()
    this.#idle = idle.resolve
    const timer = setTimeout(idle.resolve, deadlineMs)
    await idle.promise
    clearTimeout(timer)
  }

  #publish(job: Job, report: RunReport): void {
    const { tenant, program } = job.request
    const moment = (): ReturnType<typeof poolMoment> => poolMoment(this.#machinery, this.#queue.length, job.place)
    this.#tail.record({ tenant, programId: program.id }, report, moment)
    this.#announce({ tenant, programId: program.id }, report)
  }

  #announce(run: { readonly tenant: string; readonly programId: string }, { outcome, timeline }: RunReport): void {
    if (!poolChannels.run.hasSubscribers) return
    const { wallMs, cpuMs, start } = outcome.status === 'refused' ? noUsage : outcome.usage
    const reason = 'reason' in outcome ? outcome.reason : undefined
    poolChannels.run.publish({
      pool: this.#options.name,
      ...run,
      status: outcome.status,
      reason,
      ...timeline,
      wallMs,
      cpuMs,
      start,
    })
  }
}
