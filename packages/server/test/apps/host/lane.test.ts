import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { Lane } from '../../../src/apps/host/lane.host.ts'
import { tempFolder, until } from '../../support/temp-app.ts'

type Listener = NonNullable<Parameters<typeof createServer>[1]>

async function listening(server: Server, at: string | number): Promise<Server & AsyncDisposable> {
  server.listen(at)
  await once(server, 'listening')
  return server
}

test('what was passed on ends where it is; the runtimes have left when the last of it is over', async () => {
  using sockets = tempFolder({})
  const held: ServerResponse[] = []
  const hold: Listener = (_request, response) => void held.push(response)
  const paths = ['first.sock', 'second.sock'].map((name) => join(sockets.folder, name))
  await using _first = await listening(createServer(hold), paths[0] ?? '')
  await using _second = await listening(createServer(hold), paths[1] ?? '')
  const lane = new Lane(
    () => undefined,
    () => 0,
  )
  const take: Listener = (request, response) => {
    assert.ok(lane.take(request, response, () => response.end('here')))
  }
  await using front = await listening(createServer(take), 0)
  const { port } = front.address() as { port: number }
  const ask = async (): Promise<string> => {
    const [response] = (await once(request({ port, agent: false }).end(), 'response')) as [AsyncIterable<Buffer>]
    let text = ''
    for await (const chunk of response) text += chunk.toString()
    return text
  }
  lane.add('GET /')
  await lane.use(paths)
  const answers: string[] = []
  const asked = [1, 2, 3].map(async () => answers.push(await ask()))
  await until(async () => held.length === 3)
  const order: string[] = []
  lane.forget()
  const partly = lane.use(paths.slice(1)).then(() => order.push('one'))
  const wholly = lane.use([]).then(() => order.push('both'))
  assert.equal(lane.isEmpty, true)
  for (const [index, response] of held.entries()) {
    assert.deepEqual(order, [])
    response.writeHead(200, { 'x-evenkeel-busy': '80' }).end('there')
    await until(async () => answers.length > index)
  }
  await Promise.all([...asked, partly, wholly])
  assert.deepEqual(answers, ['there', 'there', 'there'])
  assert.deepEqual(order, ['one', 'both'])
  // What they said of their work does not bring a route back that nobody was told of.
  await lane.use(paths)
  assert.equal(lane.isEmpty, true)
})
