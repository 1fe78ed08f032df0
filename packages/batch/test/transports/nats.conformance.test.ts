import { randomUUID } from 'node:crypto'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { transportConformance } from '../../src/conformance/suite.ts'
import { natsTransport } from '../../src/nats/nats-transport.ts'
import { Relay } from '../helpers/relay.ts'
import { natsUrl, whyUnavailable } from '../helpers/services.ts'

transportConformance({
  name: 'nats',
  unavailable: await whyUnavailable(natsUrl),
  async create() {
    const relay = await new Relay(natsUrl).start()
    const name = `evenkeel-test-${randomUUID()}`
    const connection = await connect({ servers: natsUrl })
    const manager = await jetstreamManager(connection)
    await manager.streams.add({ name, subjects: [name] })
    const servers = `127.0.0.1:${relay.port}`
    return {
      transport: natsTransport({
        connect: { servers, reconnectTimeWait: 20, ignoreClusterUpdates: true },
        subject: name,
        ackTimeoutMs: 500,
      }),
      async received() {
        const { state } = await manager.streams.info(name)
        const events: string[] = []
        for (let seq = 1; seq <= state.messages; seq += 1) {
          events.push((await manager.streams.getMessage(name, { seq }))?.string() ?? '')
        }
        return events
      },
      interrupt: () => relay.cut(),
      restore: async () => void (await relay.start()),
      async dispose() {
        await manager.streams.delete(name)
        await connection.close()
        await relay.cut()
      },
    }
  },
  createUnreachable: () => natsTransport({ connect: { servers: '127.0.0.1:9' }, subject: 'unreachable' }),
})
