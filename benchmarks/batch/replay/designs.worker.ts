/** One design of the original experiment under 2000 events a second, in a process of its own. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BatchProcessor } from '@evenkeel/batch'
import { httpTransport } from '@evenkeel/batch/http'
import { eventOf, type BenchEvent } from '../event.ts'
import { SyncWorker } from './sync-worker.ts'
import { Ticker } from './ticker.ts'

interface Design {
  /** `false`: nobody took the event, it is lost. */
  offer(event: BenchEvent): boolean
  stop(): Promise<unknown>
}

const [kind = 'processor', url = '', workers = '10', maxAgeMs = '1000', seconds = '60'] = process.argv.slice(2)
const maxEvents = 1000
/** From add to acknowledgement, the oldest event of each batch. */
const oldestAgesMs: number[] = []
const design = kind === 'workers' ? workerPool(Number(workers)) : processor()
let lost = 0
const total = 2000 * Number(seconds)
const startedAt = performance.now()
for (let n = 0; n < total;) {
  const due = Math.min(total, Math.floor((performance.now() - startedAt) * 2))
  for (; n < due; n += 1) if (!design.offer(eventOf(n))) lost += 1
  await sleep(2)
}
await new Promise<void>((resolve) => {
  process.once('message', () => resolve())
  process.send?.('loaded')
})
await design.stop()
const sorted = oldestAgesMs.toSorted((left, right) => left - right)
process.send?.({ total, lost, ageP99Ms: sorted[Math.floor(sorted.length * 0.99)] }, () => process.exit(0))

/**
 * N workers, each with a buffer and a ticker of its own, each waiting for the answer to its request before it reads on. They start together,
 * and tickers keep their phase, so all send at the same moments; while all wait nobody reads: with no queue in between, what comes then is lost.
 */
function workerPool(count: number): Design {
  const pool = Array.from({ length: count }, () => new SyncWorker({ url, maxEvents }))
  const ticker = new Ticker(Number(maxAgeMs), () => {
    for (const worker of pool) worker.tick()
  })
  let next = 0
  return {
    offer(event) {
      for (let tried = 0; tried < count; tried += 1) {
        const worker = pool[next % count]
        next += 1
        if (worker?.take(event) === true) return true
      }
      return false
    },
    stop: () => {
      ticker.stop()
      return Promise.all(pool.map((worker) => worker.stop()))
    },
  }
}

function processor(): Design {
  const batch = new BatchProcessor<BenchEvent>({
    transport: httpTransport({ url }),
    batch: { maxEvents, maxAgeMs: Number(maxAgeMs) },
    closeDeadlineMs: 120_000,
  })
  batch.listen((name, seconds) => {
    if (name === 'batch_event_age_seconds') oldestAgesMs.push(seconds * 1000)
  })
  return { offer: (event) => batch.add(event) === 'accepted', stop: () => batch.close() }
}
