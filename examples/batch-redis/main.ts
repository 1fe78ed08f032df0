/** Events into a Redis stream; a batch that is sent again after a lost answer adds nothing. Needs Redis, or says that it has none. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { BatchProcessor } from '@evenkeel/batch'
import { redisStreamTransport } from '@evenkeel/batch/redis'
import { createClient } from 'redis'

const url = process.env['EVENKEEL_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const client = createClient({ url, socket: { reconnectStrategy: false } })
client.on('error', () => undefined)
const isThere = await client.connect().then(
  () => true,
  () => false,
)
if (!isThere) console.log(`Skipped: nothing answers at ${url}`)
else {
  const stream = `example-${randomUUID()}`
  const transport = redisStreamTransport({ client, stream })
  let answers = 0
  const batch = new BatchProcessor<{ n: number }>({
    transport: {
      name: 'redis',
      async send(sealed, context) {
        const outcome = await transport.send(sealed, context)
        answers += 1
        return answers === 1 ? { status: 'retry', cause: new Error('the answer got lost') } : outcome
      },
    },
  })
  for (let n = 0; n < 100; n += 1) batch.add({ n })
  await batch.close()
  const entries = await client.xLen(stream)
  await client.del([stream])
  client.destroy()
  assert.deepEqual([answers, entries], [2, 100])
  console.log(`sent ${answers} times, ${entries} entries`)
}
