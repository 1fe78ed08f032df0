import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BatchProcessor } from '../processor/batch-processor.ts'
import type { Transport } from '../transport/transport.ts'

/** One destination that exists, for one test. */
export interface ConformanceSubject {
  readonly transport: Transport
  /** Every event the destination has now, in its order, as it was encoded. */
  received(): Promise<readonly string[]>
  /** Cuts the connection, or makes the destination fail, until `restore`. */
  interrupt?(): Promise<void>
  restore?(): Promise<void>
  dispose(): Promise<void>
}

/** What a transport may be unable to do. The reason is printed. */
export type ConformanceCase = 'interruption' | 'unreachable' | 'once'

export interface ConformanceOptions {
  readonly name: string
  /** Makes a fresh, empty destination and a transport to it. */
  readonly create: () => Promise<ConformanceSubject>
  /** A transport to where nothing answers. */
  readonly createUnreachable?: () => Transport
  /** Why the whole suite cannot run here; nothing when it can. */
  readonly unavailable?: string | undefined
  readonly skip?: Partial<Record<ConformanceCase, string>>
}

interface Numbered {
  readonly n: number
  readonly text: string
}

/** What every transport promises, as tests of `node:test`. Call it in the test file of a transport. */
export function transportConformance(options: ConformanceOptions): void {
  const { name, skip = {}, unavailable } = options
  const unless = (reason: string | undefined): { skip: string | false } => ({ skip: unavailable ?? reason ?? false })
  describe(`transport conformance: ${name}`, () => {
    test('every event arrives once, in order, as it was added', unless(undefined), () => inOrder(options))
    test('text of every kind survives', unless(undefined), () => survives(options))
    test('sends in parallel lose and double nothing', unless(undefined), () => inParallel(options))
    test('a batch at its byte limit is taken whole', unless(undefined), () => atTheLimit(options))
    test('the same batch again adds nothing', unless(skip.once), () => once(options))
    test('an interruption delays events and loses none', unless(skip.interruption), () => interrupted(options))
    test('a destination that cannot be reached fails the send and nothing else', unless(skip.unreachable), () =>
      unreachable(options),
    )
    test('close can be called twice', unless(undefined), () => closesTwice(options))
  })
}

async function inOrder({ create }: ConformanceOptions): Promise<void> {
  await withSubject(create, async (subject) => {
    const batch = processor(subject.transport, { inFlight: 1, maxEvents: 50 })
    const events = numbered(500)
    for (const event of events) assert.equal(batch.add(event), 'accepted')
    assert.equal((await batch.flush()).delivered, 500)
    assert.deepEqual(await subject.received(), encoded(events))
    await batch.close()
  })
}

async function survives({ create }: ConformanceOptions): Promise<void> {
  await withSubject(create, async (subject) => {
    const batch = processor(subject.transport, {})
    const texts = ['', 'a"b\\c', 'line\nbreak\r\n', '\u2028\u2029', 'żółć 日本 🎈', '\ud800 alone', '\0 zero', ',]}[{']
    const events = texts.map((text, n) => ({ n, text }))
    for (const event of events) batch.add(event)
    await batch.close()
    assert.deepEqual(await subject.received(), encoded(events))
  })
}

async function inParallel({ create }: ConformanceOptions): Promise<void> {
  await withSubject(create, async (subject) => {
    const batch = processor(subject.transport, { inFlight: 8, maxEvents: 20 })
    const events = numbered(800)
    for (const event of events) batch.add(event)
    await batch.close()
    assert.deepEqual((await subject.received()).toSorted(), encoded(events).toSorted())
  })
}

async function atTheLimit({ create }: ConformanceOptions): Promise<void> {
  await withSubject(create, async (subject) => {
    const batch = processor(subject.transport, { maxBytes: 64 * 1024 })
    const overhead = JSON.stringify({ n: 0, text: '' }).length + 1 + (subject.transport.overheadBytes ?? 0)
    const exact = { n: 0, text: 'x'.repeat(64 * 1024 - overhead) }
    assert.equal(batch.add(exact), 'accepted')
    assert.equal(batch.add({ n: 0, text: `${exact.text}y` }), 'too_large')
    await batch.close()
    assert.deepEqual(await subject.received(), encoded([exact]))
  })
}

/** A transport that says `retry` after the destination took the batch: the processor sends it again. */
async function once({ create }: ConformanceOptions): Promise<void> {
  await withSubject(create, async (subject) => {
    let answers = 0
    const { transport } = subject
    const forgetful: Transport = {
      name: transport.name,
      open: async () => transport.open?.(),
      async send(batch, context) {
        const outcome = await transport.send(batch, context)
        answers += 1
        return answers === 1 ? { status: 'retry' } : outcome
      },
    }
    const batch = processor(forgetful, {})
    const events = numbered(20)
    for (const event of events) batch.add(event)
    await batch.close()
    assert.equal(answers, 2)
    assert.deepEqual(await subject.received(), encoded(events))
  })
}

async function interrupted({ create, skip }: ConformanceOptions): Promise<void> {
  await withSubject(create, async (subject) => {
    const batch = processor(subject.transport, { maxEvents: 20 })
    const events = numbered(300)
    for (const event of events.slice(0, 100)) batch.add(event)
    await batch.flush()
    await subject.interrupt?.()
    for (const event of events.slice(100)) batch.add(event)
    await batch.flush({ deadlineMs: 200 })
    await subject.restore?.()
    const report = await batch.close({ deadlineMs: 30_000 })
    assert.equal(report.status, 'done')
    const received = await subject.received()
    if (skip?.once === undefined) assert.equal(received.length, 300, 'duplicates')
    assert.deepEqual([...new Set(received)].toSorted(), encoded(events).toSorted())
  })
}

async function unreachable({ createUnreachable }: ConformanceOptions): Promise<void> {
  assert.ok(createUnreachable, 'give createUnreachable, or a reason to skip')
  const batch = processor(createUnreachable(), {})
  const events = numbered(10)
  for (const event of events) assert.equal(batch.add(event), 'accepted')
  const report = await batch.close({ deadlineMs: 300 })
  assert.equal(report.status, 'deadline')
  assert.equal(report.delivered, 0)
  const { dropped, buffered, inFlight } = batch.stats()
  assert.deepEqual([dropped.closed + dropped.abandoned, buffered, inFlight], [10, 0, 0])
}

async function closesTwice({ create }: ConformanceOptions): Promise<void> {
  await withSubject(create, async ({ transport }) => {
    const batch = processor(transport, {})
    batch.add({ n: 1, text: '' })
    await batch.close()
    await transport.close?.()
  })
}

async function withSubject(
  create: () => Promise<ConformanceSubject>,
  use: (subject: ConformanceSubject) => Promise<void>,
): Promise<void> {
  const subject = await create()
  try {
    await use(subject)
  } finally {
    await subject.transport.close?.()
    await subject.dispose()
  }
}

function processor(
  transport: Transport,
  options: { readonly inFlight?: number; readonly maxEvents?: number; readonly maxBytes?: number },
): BatchProcessor<Numbered> {
  const { inFlight = 4, ...limits } = options
  return new BatchProcessor<Numbered>({
    transport,
    inFlight,
    batch: { maxAgeMs: 60_000, ...limits },
    retry: { baseMs: 20, capMs: 200 },
    exit: 'none',
  })
}

function numbered(count: number): Numbered[] {
  return Array.from({ length: count }, (_, n) => ({ n, text: `event ${n}` }))
}

function encoded(events: readonly Numbered[]): string[] {
  return events.map((event) => JSON.stringify(event))
}
