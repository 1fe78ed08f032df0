/** The destination is down, the process stops, the next process delivers: nothing is lost, and the order is kept. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BatchProcessor, type Transport } from '@evenkeel/batch'

const folder = mkdtempSync(join(tmpdir(), 'batch-outage-'))
const spill = { folder, mode: 'wal' } as const
const down: Transport = { name: 'receiver', send: async () => ({ status: 'retry', cause: new Error('no route') }) }
const arrived: number[] = []
const up: Transport = {
  name: 'receiver',
  async send(batch) {
    for (let index = 0; index < batch.count; index += 1) {
      arrived.push(Number(new TextDecoder().decode(batch.at(index))))
    }
    return { status: 'delivered' }
  },
}

const before = new BatchProcessor<number>({ transport: down, spill, ordering: 'per-key' })
for (let n = 0; n < 300; n += 1) await before.offer(n) // each is on disk when its offer resolves
const left = await before.close({ deadlineMs: 100 })
assert.equal(left.spilled, 300)

const after = new BatchProcessor<number>({ transport: up, spill, ordering: 'per-key' })
await after.close()
rmSync(folder, { recursive: true })

assert.deepEqual(
  arrived,
  Array.from({ length: 300 }, (_, n) => n),
)
console.log(`${left.spilled} events outlived the outage, in order`)
