import assert from 'node:assert/strict'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import type { BatchStats } from '../../src/processor/reports.ts'
import { ManualClock } from '../../src/conformance/manual-clock.ts'
import { ScriptedTransport } from '../../src/conformance/scripted-transport.ts'
import type { BatchOptions } from '../../src/options/options.ts'
import type { SendOutcome } from '../../src/transport/transport.ts'

export interface Numbered {
  readonly n: number
}

export const delivered: SendOutcome = { status: 'delivered' }

interface Bench<T> {
  readonly batch: BatchProcessor<T>
  readonly sink: ScriptedTransport
  readonly clock: ManualClock
}

/** A processor on a clock and a destination that the test controls. */
export function onBench<T = Numbered>(
  options: Partial<BatchOptions<T>> & { readonly reply?: ScriptedTransport['reply'] } = {},
): Bench<T> {
  const { reply, ...rest } = options
  const clock = new ManualClock()
  const sink = new ScriptedTransport(reply)
  const random = seededRandom(1)
  return { batch: new BatchProcessor<T>({ transport: sink, clock, random, exit: 'none', ...rest }), sink, clock }
}

/** A reply that comes after some time on the clock. */
export function after(clock: ManualClock, ms: number, outcome: SendOutcome = delivered): Promise<SendOutcome> {
  return new Promise((resolve) => void clock.schedule(ms, () => resolve(outcome)))
}

export function assertBalanced(stats: BatchStats): void {
  for (const each of [stats, ...stats.destinations]) {
    const dropped = Object.values(each.dropped).reduce((sum, count) => sum + count, 0)
    const { accepted, recovered, delivered: done, deadLettered, spilled, buffered, inFlight, bytes } = each
    assert.equal(accepted + recovered, done + deadLettered + dropped + spilled + buffered + inFlight)
    for (const value of [buffered, inFlight, spilled, bytes]) assert.ok(value >= 0, `negative: ${JSON.stringify(each)}`)
  }
}

/** mulberry32: the same sequence for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function numbered(count: number, from = 0): Numbered[] {
  return Array.from({ length: count }, (_, index) => ({ n: from + index }))
}

export function numbersOf(events: readonly string[]): number[] {
  return events.map((event) => (JSON.parse(event) as Numbered).n)
}
