import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FairQueue } from '../../src/pool/fair-queue.ts'
import { Job } from '../../src/pool/job.ts'
import type { RunRequest } from '../../src/pool/report.ts'

const anyJob = (): boolean => true

test('within a tenant the first to come is the first to go', () => {
  const queue = new FairQueue()
  for (const id of [1, 2, 3]) queue.push(job(id, 'a'))
  assert.deepEqual(takeAll(queue), [1, 2, 3])
  assert.equal(queue.length, 0)
  assert.equal(queue.queuedMs, 0)
})

test('a flood of one tenant does not delay another by more than one job', () => {
  const queue = new FairQueue()
  for (let id = 0; id < 100; id += 1) queue.push(job(id, 'flood'))
  assert.equal(queue.shift(anyJob)?.request.tenant, 'flood')
  queue.push(job(1_000, 'quiet'))
  const next = [queue.shift(anyJob), queue.shift(anyJob)].map((each) => each?.request.tenant)
  assert.ok(next.includes('quiet'), next.join())
})

test('shares are of cost, not of jobs', () => {
  const queue = new FairQueue()
  for (let id = 0; id < 300; id += 1) {
    queue.push(job(id, 'dear', 10))
    queue.push(job(1_000 + id, 'cheap', 1))
  }
  const costs = { dear: 0, cheap: 0 }
  for (let count = 0; count < 220; count += 1) {
    const next = queue.shift(anyJob) ?? assert.fail()
    costs[next.request.tenant as 'dear' | 'cheap'] += next.estimateMs
  }
  assert.ok(Math.abs(costs.dear - costs.cheap) <= 10, JSON.stringify(costs))
})

test('a tenant pays for what its job really cost, also when it had left the queue', () => {
  const queue = new FairQueue()
  queue.push(job(1, 'liar'))
  queue.push(job(2, 'honest'))
  queue.push(job(3, 'honest'))
  assert.equal(queue.shift(anyJob)?.id, 1)
  queue.correct('liar', 50)
  queue.push(job(4, 'liar'))
  assert.deepEqual(takeAll(queue), [2, 3, 4])
})

test('a tenant that was idle gets no credit for it', () => {
  const queue = new FairQueue()
  for (let id = 0; id < 50; id += 1) queue.push(job(id, 'busy'))
  for (let count = 0; count < 40; count += 1) queue.shift(anyJob)
  for (let id = 100; id < 110; id += 1) queue.push(job(id, 'late'))
  const first = Array.from({ length: 6 }, () => queue.shift(anyJob)?.request.tenant)
  assert.equal(first.filter((tenant) => tenant === 'busy').length, 3)
})

test('a job that is not accepted waits, and a cancelled one is gone', () => {
  const queue = new FairQueue()
  const [first, second] = [job(1, 'a'), job(2, 'a')]
  queue.push(first)
  queue.push(second)
  assert.equal(queue.shift(({ id }) => id === 2)?.id, 2)
  assert.equal(queue.delete(first), true)
  assert.equal(queue.delete(first), false)
  assert.equal(queue.shift(anyJob), undefined)
})

function takeAll(queue: FairQueue): number[] {
  const ids: number[] = []
  for (let next = queue.shift(anyJob); next !== undefined; next = queue.shift(anyJob)) ids.push(next.id)
  return ids
}

function job(id: number, tenant: string, estimateMs = 1): Job {
  const limits = { wallMs: 1, cpuMs: 1, memoryMb: 8, outputBytes: 1, logBytes: 1, hostCalls: 0 }
  const request: RunRequest = { tenant, program: { id: 'p', options: {}, source: '' }, input: '', limits }
  return new Job(id, request, estimateMs)
}

test('newest first, while it is told so, and within a tenant only', () => {
  const queue = new FairQueue()
  for (const id of [1, 2, 3]) queue.push(job(id, 'a'))
  queue.push(job(4, 'b'))
  queue.newestFirst = true
  const two = [queue.shift(anyJob)?.id, queue.shift(anyJob)?.id]
  assert.deepEqual(new Set(two), new Set([3, 4]))
  queue.newestFirst = false
  assert.deepEqual(takeAll(queue), [1, 2])
})

test('a job that comes back is the next of its tenant, and has cost nothing', () => {
  const queue = new FairQueue()
  for (const id of [1, 2, 3]) queue.push(job(id, 'a', 10))
  const first = queue.shift(anyJob) ?? assert.fail()
  queue.push(job(4, 'b', 10))
  queue.unshift(first)
  assert.equal(queue.length, 4)
  assert.equal(queue.queuedMs, 40)
  const order = takeAll(queue)
  assert.deepEqual(
    order.filter((id) => id !== 4),
    [1, 2, 3],
  )
  assert.ok(order.indexOf(4) <= 1, String(order))
})
