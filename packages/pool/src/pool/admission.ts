import type { FairQueue } from './fair-queue.ts'
import type { Refusal, RefusalReason } from './report.ts'

export interface AdmissionOptions {
  readonly maxQueued: number
  readonly maxQueueMs: number
  readonly queueTargetMs: number
  readonly burstMs: number
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

/** The target is for the tail. Predictions err by about as much as they say, so work is taken while half of it is predicted. */
const admittedShare = 0.5

/**
 * Says at the door whether a job of this tenant may wait, so that a refusal costs the caller no time. The wait is predicted from what the queued work
 * has cost before and how fast such work is being served. A burst may wait up to the limit; under sustained overload a wait longer than the target would only make
 * everybody's answer late.
 */
export function admit(tenant: string, options: AdmissionOptions, state: AdmissionState): Refusal | undefined {
  const { queue } = state
  if (state.tenantRuns >= options.maxTenantRuns) return refusal('tenant_concurrency', predictedWaitMs(tenant, state))
  if (queue.length >= options.maxQueued) return refusal('queue_full', queue.queuedMs / state.servicePerMs)
  if (queue.lengthOf(tenant) >= options.maxTenantQueued)
    return refusal('tenant_queue_full', predictedWaitMs(tenant, state))
  const waitMs = predictedWaitMs(tenant, state)
  if (waitMs <= (isSustained(state, options) ? options.queueTargetMs * admittedShare : options.maxQueueMs))
    return undefined
  return refusal(queue.tenantCount > 1 ? 'tenant_queue_full' : 'queue_full', waitMs)
}

/** Whether a queue that has not been empty since then is overload, and no burst. */
export function isSustained(
  { busySinceMs, nowMs }: Pick<AdmissionState, 'busySinceMs' | 'nowMs'>,
  { burstMs }: Pick<AdmissionOptions, 'burstMs'>,
): boolean {
  return busySinceMs !== undefined && nowMs - busySinceMs >= burstMs
}

/** Its tenant's work goes first, at the tenant's share of the capacity. */
function predictedWaitMs(tenant: string, { queue, servicePerMs }: AdmissionState): number {
  const others = queue.lengthOf(tenant) > 0 ? queue.tenantCount : queue.tenantCount + 1
  const byShare = (queue.queuedMsOf(tenant) * others) / servicePerMs
  const byAll = queue.queuedMs / servicePerMs
  return Math.min(byShare, byAll)
}

export function refusal(reason: RefusalReason, retryAfterMs: number): Refusal {
  return { status: 'refused', reason, retryAfterMs: Math.ceil(Math.max(10, retryAfterMs)) }
}
