import type { FairQueue } from './fair-queue.ts'
import type { Job } from './job.ts'
import type { Refusal, RefusalReason } from './report.ts'

export interface AdmissionOptions {
  readonly maxQueued: number
  readonly maxQueueMs: number
  readonly queueTargetMs: number
  readonly maxTenantQueued: number
  readonly maxTenantRuns: number
}

export interface AdmissionState {
  readonly queue: FairQueue
  /** Estimated work that the hosts take from the queue in a millisecond. */
  readonly servicePerMs: number
  /** Invocations of this tenant that wait or are in hosts. */
  readonly tenantRuns: number
  /** Since when the queue has not been empty, in milliseconds of the monotonic clock. */
  readonly busySinceMs: number | undefined
  readonly nowMs: number
}

/** A queue that has not been empty for this long is overload, not a burst (CoDel's interval, RFC 8289 §4.2). */
const sustainedMs = 100

/** The target is for the tail. Predictions err by about as much as they say, so work is taken while half of it is predicted. */
const admittedShare = 0.5

/**
 * Says at the door whether a job may wait, so that a refusal costs the caller no time. The wait is predicted from what the queued work
 * has cost before and how fast such work is being served. A burst may wait up to the limit; under sustained overload a wait longer than the target would only make
 * everybody's answer late.
 */
export function admit(job: Job, options: AdmissionOptions, state: AdmissionState): Refusal | undefined {
  const { queue, nowMs, busySinceMs } = state
  const { tenant } = job.request
  if (state.tenantRuns >= options.maxTenantRuns) return refusal('tenant_concurrency', predictedWaitMs(job, state))
  if (queue.length >= options.maxQueued) return refusal('queue_full', queue.queuedMs / state.servicePerMs)
  if (queue.lengthOf(tenant) >= options.maxTenantQueued)
    return refusal('tenant_queue_full', predictedWaitMs(job, state))
  const sustained = busySinceMs !== undefined && nowMs - busySinceMs > sustainedMs
  const waitMs = predictedWaitMs(job, state)
  if (waitMs <= (sustained ? options.queueTargetMs * admittedShare : options.maxQueueMs)) return undefined
  return refusal(queue.tenantCount > 1 ? 'tenant_queue_full' : 'queue_full', waitMs)
}

/** Its tenant's work goes first, at the tenant's share of the capacity. */
function predictedWaitMs(job: Job, { queue, servicePerMs }: AdmissionState): number {
  const { tenant } = job.request
  const others = queue.lengthOf(tenant) > 0 ? queue.tenantCount : queue.tenantCount + 1
  const byShare = (queue.queuedMsOf(tenant) * others) / servicePerMs
  const byAll = queue.queuedMs / servicePerMs
  return Math.min(byShare, byAll)
}

export function refusal(reason: RefusalReason, retryAfterMs: number): Refusal {
  return { status: 'refused', reason, retryAfterMs: Math.ceil(Math.max(10, retryAfterMs)) }
}
