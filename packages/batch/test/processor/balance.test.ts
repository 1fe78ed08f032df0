import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import type { BatchOptions } from '../../src/options/options.ts'
import type { Attempt } from '../../src/conformance/scripted-transport.ts'
import type { SendOutcome } from '../../src/transport/transport.ts'
import { assertBalanced, onBench, seededRandom, type Numbered } from '../helpers/bench.ts'

const policies: Readonly<Record<string, Partial<BatchOptions<Numbered>>>> = {
  block: { buffer: { maxEvents: 60, whenFull: 'block' } },
  'drop-newest': { buffer: { maxEvents: 60, whenFull: 'drop-newest' } },
  'drop-oldest': { buffer: { maxEvents: 60, whenFull: 'drop-oldest' } },
  'per-key order': { buffer: { maxEvents: 60 }, ordering: 'per-key', key: ({ n }) => String(n % 3) },
  'dead letters that fail': {
    buffer: { maxEvents: 60 },
    deadLetter: (letters) => {
      if (letters.length > 3) throw new Error('the letter box is full')
    },
  },
}

for (const [name, options] of Object.entries(policies)) {
  test(`the books balance at every moment, and nothing is delivered twice: ${name}`, async () => {
    for (let seed = 1; seed <= 15; seed += 1) await runRandomly(seed, options)
  })
}

for (const mode of ['overflow', 'wal'] as const) {
  test(`the books balance at every moment with a disk: ${mode}`, async () => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const folder = await mkdtemp(join(tmpdir(), 'evenkeel-balance-'))
      await runRandomly(seed, { buffer: { maxEvents: 60 }, spill: { folder, mode } })
      await rm(folder, { recursive: true })
    }
  })
}

/** Adds, waits, flushes and fails at random, checks the books after every step, and at the end what the destination has. */
async function runRandomly(seed: number, options: Partial<BatchOptions<Numbered>>): Promise<void> {
  const random = seededRandom(seed)
  const { batch, sink, clock } = onBench({
    reply: (attempt) => randomOutcome(attempt, random),
    batch: { maxEvents: 1 + Math.floor(random() * 12), maxAgeMs: 50 },
    retry: { baseMs: 10, capMs: 80, maxElapsedMs: 2000 },
    inFlight: 1 + Math.floor(random() * 4),
    random,
    ...options,
  })
  let added = 0
  for (let step = 0; step < 150; step += 1) {
    const choice = random()
    if (choice < 0.7) for (let count = random() * 10; count > 0; count -= 1) batch.add({ n: (added += 1) })
    else if (choice < 0.95) await clock.advance(random() * 60)
    else void batch.flush()
    assertBalanced(batch.stats())
  }
  sink.reply = () => ({ status: 'delivered' })
  const closing = batch.close({ deadlineMs: 60_000 })
  for (let turn = 0; turn < 40_000 && batch.stats().state !== 'closed'; turn += 1) {
    await clock.advance(1)
    await nextTurn()
    assertBalanced(batch.stats())
  }
  assert.equal(batch.stats().state, 'closed', `seed ${seed}: ${JSON.stringify(batch.stats())}`)
  await closing
  const stats = batch.stats()
  assert.equal(stats.buffered + stats.inFlight, 0)
  assert.equal(stats.delivered, sink.delivered.length)
  assert.equal(new Set(sink.delivered).size, sink.delivered.length, `seed ${seed}: delivered twice`)
  assert.equal(stats.accepted + stats.refused.full, added)
}

function randomOutcome(attempt: Attempt, random: () => number): SendOutcome {
  const choice = random()
  if (choice < 0.5) return { status: 'delivered' }
  if (choice < 0.65) return { status: 'retry' }
  if (choice < 0.7) return { status: 'retry', blame: 'destination', afterMs: random() * 100 }
  if (choice < 0.75) return { status: 'too_large' }
  if (choice < 0.8) return { status: 'rejected', divisible: random() < 0.5 }
  if (choice < 0.85) throw new Error('a transport that throws')
  const failed = attempt.events.flatMap((_, index) =>
    random() < 0.3 ? [{ index, retryable: random() < 0.7, reason: 'at random' }] : [],
  )
  return { status: 'partial', failed }
}
