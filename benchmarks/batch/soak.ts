/**
 * Ten million events through one processor; memory must not grow with their number. Prints the resident size as it goes and the slope of
 * its second half. Usage: node --conditions=@evenkeel/source --expose-gc benchmarks/batch/soak.ts [events]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { BatchProcessor, type Transport } from '@evenkeel/batch'
import { eventOf } from './event.ts'

const total = Number(process.argv[2] ?? 10_000_000)
let received = 0
const transport: Transport = {
  name: 'counts',
  async send(batch) {
    await sleep(5)
    received += batch.lines().reduce((lines, byte) => (byte === 10 ? lines + 1 : lines), 0)
    return { status: 'delivered' }
  },
}
const batch = new BatchProcessor({ transport })
const sizes: { readonly millions: number; readonly mb: number }[] = []
for (let n = 0; n < total; n += 1) {
  if (batch.add(eventOf(n)) !== 'accepted') await batch.offer(eventOf(n))
  if (n % 2000 === 0) await new Promise((resolve) => setImmediate(resolve))
  if (n % (total / 20) !== 0) continue
  globalThis.gc?.()
  sizes.push({ millions: n / 1e6, mb: process.memoryUsage.rss() / 1024 / 1024 })
}
await batch.close()
if (received !== total) throw new Error(`${received} of ${total} arrived`)
console.log(sizes.map(({ millions, mb }) => `${millions.toFixed(1)} M: ${mb.toFixed(0)} MB`).join(', '))
console.log(`slope of the second half: ${slope(sizes.slice(sizes.length / 2)).toFixed(2)} MB for each million events`)

/** Least squares. */
function slope(points: readonly { readonly millions: number; readonly mb: number }[]): number {
  const mean = (of: (point: (typeof points)[number]) => number): number =>
    points.reduce((sum, each) => sum + of(each), 0) / points.length
  const meanX = mean(({ millions }) => millions)
  const meanY = mean(({ mb }) => mb)
  return mean(({ millions, mb }) => (millions - meanX) * (mb - meanY)) / mean(({ millions }) => (millions - meanX) ** 2)
}
