/**
 * What one `add` costs, beside `JSON.stringify` of the same event, and how that grows with the number of events in a full buffer.
 * Usage: node --conditions=@evenkeel/source benchmarks/batch/add-cost.ts
 */
import { BatchProcessor, type Transport } from '@evenkeel/batch'

const perRound = 200_000
const rounds = 9
const takesAll: Transport = { name: 'takes-all', send: async () => ({ status: 'delivered' }) }
const takesNone: Transport = { name: 'takes-none', send: () => new Promise(() => undefined) }
const event = {
  id: 'e-1234567890',
  type: 'page_view',
  user: 'user-12345',
  url: 'https://shop.example.com/p/42?ref=mail',
  size: [1280, 800],
  at: 1_763_700_000_000,
  tags: ['a', 'b', 'c'],
  note: 'x'.repeat(44),
}
console.log(`event of ${JSON.stringify(event).length} bytes, ${rounds} rounds of ${perRound}, node ${process.version}`)

const stringify: number[] = []
const added: number[] = []
const open = new BatchProcessor<object>({ transport: takesAll, buffer: { maxEvents: 1e6, maxBytes: 1e9 } })
for (let round = 0; round < rounds; round += 1) {
  stringify.push(cpuNanosEach(() => JSON.stringify(event).length))
  added.push(cpuNanosEach(() => (open.add(event) === 'accepted' ? 1 : 0)))
  const { pending } = await open.flush()
  if (pending !== 0) throw new Error('The destination did not take everything')
}
await open.close()

const full: Record<string, number[]> = { '1e4': [], '1e5': [], '1e6': [] }
for (const [size, times] of Object.entries(full)) {
  const batch = new BatchProcessor<object>({
    transport: takesNone,
    buffer: { maxEvents: Number(size), maxBytes: 2e9, whenFull: 'drop-newest' },
    exit: 'none',
  })
  while (batch.add(event) === 'accepted');
  for (let round = 0; round < rounds; round += 1) times.push(cpuNanosEach(() => (batch.add(event) === 'full' ? 1 : 0)))
  await batch.close({ deadlineMs: 0 })
}
console.table({
  'JSON.stringify alone': summary(stringify),
  'add, accepted': summary(added),
  ...Object.fromEntries(Object.entries(full).map(([size, times]) => [`add, full with ${size} events`, summary(times)])),
})

/** CPU of the process for each call, in nanoseconds; the results are used, so that no call can be left out. */
function cpuNanosEach(call: () => number): number {
  const before = process.cpuUsage()
  let sum = 0
  for (let index = 0; index < perRound; index += 1) sum += call()
  const { user, system } = process.cpuUsage(before)
  if (sum === 0) throw new Error('The calls did nothing')
  return ((user + system) * 1000) / perRound
}

function summary(nanos: readonly number[]): object {
  const sorted = nanos.toSorted((left, right) => left - right)
  const round = (value = 0): number => Math.round(value)
  return { 'median ns': round(sorted[sorted.length >> 1]), 'min ns': round(sorted[0]), 'max ns': round(sorted.at(-1)) }
}
