/** The page and the functions of `examples/demo`, as `npm start` serves them. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readConfigFile, serve } from '@evenkeel/server'
import { createClient } from '@evenkeel/server/client'

const projectDir = fileURLToPath(new URL('../../../examples/demo/', import.meta.url))

test('every function of the demo does what it says', async () => {
  await using server = await serve({ port: 0, adminPort: 0, projectDir })
  const { functions } = createClient({ url: server.url })
  const { items: served } = await functions.list()
  assert.deepEqual(
    served.map(({ name }) => name),
    ['csv', 'invoice', 'order', 'signed-link', 'working-days'],
  )
  for (const { managed, description } of served) assert.ok(managed && description !== '')
  const call = async (name: string, input: unknown): Promise<unknown> =>
    (await functions.invoke(name, { input })).result

  const items = [
    { cents: 1_000, quantity: 2 },
    { cents: 333, taxPercent: 7 },
  ]
  assert.deepEqual(await call('invoice', { items }), {
    netCents: 2_333,
    taxes: [
      { percent: 19, cents: 380 },
      { percent: 7, cents: 23 },
    ],
    totalCents: 2_736,
  })
  assert.deepEqual(await call('csv', { text: 'name,note\nAda,"a, ""b""\nc"\nBob,\n' }), [
    { name: 'Ada', note: 'a, "b"\nc' },
    { name: 'Bob', note: '' },
  ])
  assert.equal(await call('working-days', { from: '2026-11-20', to: '2026-11-24' }), 3)
  const signature = createHmac('sha256', 'k').update('/file 1800000000').digest('base64url')
  assert.deepEqual(await call('signed-link', { path: '/file', key: 'k', until: 1_800_000_000 }), {
    url: `/file?until=1800000000&signature=${signature}`,
    expires: '2027-01-15T08:00:00.000Z',
  })
  await assert.rejects(() => call('working-days', { from: 'x', to: 'y' }), { code: 'EK_BLOCK_THREW' })
  await assert.rejects(() => call('invoice', { items: [] }), { code: 'EK_FUNCTION_INPUT' })

  const order = async (body: unknown): Promise<[number, unknown]> => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${server.url}/f/order`, { method: 'POST', headers, body: JSON.stringify(body) })
    return [response.status, await response.json()]
  }
  const lines = [
    { sku: 'a', count: 2 },
    { sku: 'b', count: 1 },
  ]
  assert.deepEqual(await order({ customer: 'Ada', lines }), [201, { customer: 'Ada', pieces: 3 }])
  assert.deepEqual(await order({ lines: [{}] }), [
    422,
    { problems: ['customer is missing', 'line 1 needs a sku and a count'] },
  ])
})

test('the demo has a chat and a clock', async (t) => {
  await using server = await serve({
    port: 0,
    adminPort: 0,
    projectDir,
    ...(await readConfigFile(projectDir)),
    pages: { hosts: 1, spares: 0 },
  })
  assert.match(await (await fetch(`${server.url}/chat`)).text(), /<h1>Chat<\/h1>/)
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/chat/?name=Ada&room=demo-${process.pid}`)
  t.after(() => socket.close())
  const heard = new Promise((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => resolve(JSON.parse(String(data))))
    socket.addEventListener('error', () => reject(new Error('no connection')))
  })
  socket.addEventListener('open', () => socket.send('hello'))
  assert.deepEqual(await heard, { name: 'Ada', text: 'hello' })
  const ticks = await fetch(`${server.url}/clock/ticks`)
  const first = await ticks.body?.getReader().read()
  assert.match(Buffer.from(first?.value ?? []).toString(), /^id: 1\nevent: tick\n/)
  await server.close()
})

test('the demo opens with a page', async () => {
  await using server = await serve({ port: 0, adminPort: 0, projectDir, pages: { hosts: 1, spares: 0 } })
  const response = await fetch(server.url)
  const text = await response.text()
  assert.equal(response.status, 200)
  assert.match(text, /<title>Evenkeel<\/title>.*<h1>Steady under way<\/h1>/s)
})
