import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { Channel } from '../../src/wire/channel.ts'

test('a peer that was gone before anybody listened is reported as gone', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = (await once(server, 'connection')) as [Socket]
  socket.on('error', () => undefined)
  client.destroy()
  socket.resume()
  await once(socket, 'close')
  const closed = Promise.withResolvers<Error | undefined>()
  new Channel(socket, { frame: () => assert.fail('nothing was sent'), closed: closed.resolve })
  assert.equal(await closed.promise, undefined)
})
