/** Every event goes to two destinations; the dead one loses its oldest events, the other notices nothing, and the books say so. */
import assert from 'node:assert/strict'
import { BatchProcessor, type Transport } from '@evenkeel/batch'

let archived = 0
const archive: Transport = {
  name: 'archive',
  async send(batch) {
    archived += batch.count
    return { status: 'delivered' }
  },
}
const dashboard: Transport = { name: 'dashboard', send: async () => ({ status: 'retry' }) }

const batch = new BatchProcessor<{ n: number }>({
  transport: [archive, { transport: dashboard, buffer: { maxEvents: 1000 } }],
})
for (let n = 0; n < 5000; n += 1) batch.add({ n })
await batch.close({ deadlineMs: 200 })

assert.equal(archived, 5000)
for (const { name, accepted, delivered, dropped } of batch.stats().destinations) {
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  assert.equal(accepted, delivered + lost)
  console.log(`${name}: ${accepted} accepted, ${delivered} delivered, ${lost} lost and counted`)
}
