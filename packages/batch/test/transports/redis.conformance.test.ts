import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { transportConformance } from '../../src/conformance/suite.ts'
import { redisStreamTransport } from '../../src/redis/redis-transport.ts'
import { Relay } from '../helpers/relay.ts'
import { redisUrl, whyUnavailable } from '../helpers/services.ts'

transportConformance({
  name: 'redis',
  unavailable: await whyUnavailable(redisUrl),
  async create() {
    const relay = await new Relay(redisUrl).start()
    const stream = `evenkeel-test-${randomUUID()}`
    const reader = createClient({ url: redisUrl })
    await reader.connect()
    return {
      transport: redisStreamTransport({ url: `redis://127.0.0.1:${relay.port}`, stream }),
      received: async () =>
        ((await reader.xRange(stream, '-', '+')) ?? []).map((entry) => String(entry?.message['event'])),
      interrupt: () => relay.cut(),
      restore: async () => void (await relay.start()),
      async dispose() {
        const markers = await reader.keys(`{${stream}}:batch:*`)
        await reader.del([stream, ...markers])
        reader.destroy()
        await relay.cut()
      },
    }
  },
  createUnreachable: () => redisStreamTransport({ url: 'redis://127.0.0.1:9', stream: 'unreachable' }),
})
