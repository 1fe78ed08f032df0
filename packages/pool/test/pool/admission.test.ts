import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admit } from '../../src/pool/admission.ts'
import { FairQueue } from '../../src/pool/fair-queue.ts'
import { Job } from '../../src/pool/job.ts'

const options = {
  maxQueued: 1_000,
  maxQueueMs: 2_000,
  queueTargetMs: 300,
  burstMs: 100,
  maxTenantQueued: 900,
  maxTenantRuns: 1_000,
}

test('a burst may wait up to the limit, sustained overload only up to the target', () => {
  const queue = filled('a', 100, 10)
  const state = { queue, servicePerMs: 2, tenantRuns: 100, nowMs: 1_000 }
  assert.equal(admit('a', options, { ...state, busySinceMs: 990 }), undefined)
  const refused = admit('a', options, { ...state, busySinceMs: 500 })
  assert.deepEqual(refused, { status: 'refused', reason: 'queue_full', retryAfterMs: 500 })
})

test('the flood of one tenant refuses that tenant, not another', () => {
  const queue = filled('flood', 400, 2)
  queue.push(job('quiet'))
  const state = { queue, servicePerMs: 1, tenantRuns: 1, nowMs: 1_000, busySinceMs: 0 }
  assert.equal(admit('flood', options, state)?.reason, 'tenant_queue_full')
  assert.equal(admit('quiet', options, state), undefined)
  assert.equal(admit('third', options, state), undefined)
})

test('counts have their own limits', () => {
  const state = { queue: filled('a', 3, 1), servicePerMs: 1, tenantRuns: 5, nowMs: 0, busySinceMs: undefined }
  assert.equal(admit('a', { ...options, maxTenantRuns: 5 }, state)?.reason, 'tenant_concurrency')
  assert.equal(admit('a', { ...options, maxTenantQueued: 3 }, state)?.reason, 'tenant_queue_full')
  assert.equal(admit('b', { ...options, maxTenantQueued: 3 }, state), undefined)
  assert.equal(admit('b', { ...options, maxQueued: 3 }, state)?.reason, 'queue_full')
})

function filled(tenant: string, count: number, estimateMs: number): FairQueue {
  const queue = new FairQueue()
  for (let index = 0; index < count; index += 1) queue.push(job(tenant, estimateMs))
  return queue
}

let jobs = 0

function job(tenant: string, estimateMs = 1): Job {
  const limits = { wallMs: 1, cpuMs: 1, memoryMb: 8, outputBytes: 1, logBytes: 1, hostCalls: 0 }
  return new Job((jobs += 1), { tenant, program: { id: 'p', options: {}, source: '' }, input: '', limits }, estimateMs)
}
