/** Runs leave nothing in their process: neither memory nor handles. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { Pool } from '@evenkeel/pool'
import { BundleStore } from '../src/host/bundle-store.host.ts'
import { guestScript } from '../src/host/guest-script.host.ts'
import { TenantIsolate } from '../src/host/tenant-isolate.host.ts'
import { endOf, isolatePool, runBlock } from './support/pool.ts'

const windows = 6
const cycles = 1_000

/** Isolates come and go with their pages, and the allocator keeps some: steps of this size are no leak. */
const stepKb = 32 * 1_024

test('handles into the heap are released', async () => {
  const texts = { script: guestScript(), bundles: new BundleStore([]) }
  const isolate = new TenantIsolate(64, texts, () => undefined)
  const settings = JSON.stringify({ outputBytes: 100, logBytes: 1, hostCalls: 0, run: {} })
  for (let cycle = 0; cycle < 10; cycle += 1) isolate.takeContext().release()
  const before = isolate.handles
  for (let cycle = 0; cycle < 400; cycle += 1) {
    const context = isolate.takeContext()
    await context.enter(1_000, 'start', 'return 1', '{}', settings)
    assert.equal(context.read().settled, '1')
    context.release()
  }
  assert.ok(isolate.handles <= before + 2, `${before} handles became ${isolate.handles}`)
  isolate.dispose()
})

test(
  '5,000 cycles leave a host as large as it was',
  { skip: process.platform === 'linux' ? false : 'reads /proc' },
  async () => {
    await using pool = await isolatePool({ hosts: 1, spares: 0, recycle: { executions: 1_000_000 } })
    const [pid = 0] = pool.hostPids()
    const lowestKb: number[] = []
    for (let window = 0; window < windows; window += 1) lowestKb.push(await lowestResidentKb(pool, pid))
    const grownKb = Math.min(...lowestKb.slice(-2)) - (lowestKb[1] ?? 0)
    assert.ok(grownKb < stepKb, `grown by ${grownKb} KB: ${lowestKb.join(', ')}`)
    assert.equal(pool.hostPids()[0], pid)
    assert.ok(threadsOf(pid) < 30)
  },
)

/** Collections and replaced isolates make memory go up and down; what leaks raises the lowest point. */
async function lowestResidentKb(pool: Pool, pid: number): Promise<number> {
  let lowest = Infinity
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    assert.equal(endOf(await runBlock(pool, 'return input.n', { input: `{"n":${cycle}}` })), cycle)
    if (cycle % 10 === 0) lowest = Math.min(lowest, residentKb(pid))
  }
  return lowest
}

function residentKb(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4
}

function threadsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length
}
