import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { ClientError, createClient, type Client } from '@evenkeel/server/client'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let client: Client
before(async () => {
  server = await startTestServer()
  client = createClient({ url: `${server.server.url}/`, token: (await server.token()).token })
})
after(() => server[Symbol.asyncDispose]())

test('every call of the client reaches its route', async () => {
  const { functions, executions } = client
  assert.equal((await client.run<number>({ code: 'return input.n + 1', input: { n: 1 } })).result, 2)
  assert.equal((await functions.put('f', { code: 'return 1' })).version, 1)
  assert.equal((await functions.put('f', { code: 'return input.n ?? 2' })).version, 2)
  assert.equal((await functions.invoke('f')).result, 2)
  assert.equal((await functions.invoke('f', { version: 1 })).result, 1)
  assert.equal((await functions.invoke('f', { input: { n: 5 } })).result, 5)
  assert.deepEqual((await functions.setAlias('f', 'prod', 1)).aliases, { prod: 1 })
  assert.equal((await functions.invoke('f', { version: 'prod' })).result, 1)
  await functions.deleteAlias('f', 'prod')
  assert.equal((await functions.get('f', 1)).code, 'return 1')
  assert.equal((await functions.versions('f')).length, 2)
  assert.equal((await functions.rollback('f', 1)).version, 1)
  assert.equal((await functions.list({ limit: 1 })).items[0]?.name, 'f')
  assert.equal((await functions.setSchedule('f', 's', { cron: '0 0 1 1 *' })).enabled, true)
  assert.equal((await functions.schedules('f')).length, 1)
  await functions.deleteSchedule('f', 's')
  const started = await functions.start('f', { input: { n: 3 }, idempotencyKey: 'k' })
  const over = await executions.wait(started.id, { everyMs: 5 })
  assert.equal(over.status, 'succeeded')
  assert.ok((await executions.list({ function: 'f', limit: 3 })).items.length === 3)
  await assert.rejects(() => executions.cancel(started.id), { code: 'EK_EXECUTION_OVER', status: 409 })
  await assert.rejects(() => executions.replay(started.id), { code: 'EK_EXECUTION_NOT_KEPT' })
  await functions.delete('f')
})

test('an error answer is a ClientError with what the server said', async () => {
  const error = await client
    .run({ code: 'console.log("seen"); throw new TypeError("no")' })
    .catch((caught: unknown) => caught)
  assert.ok(error instanceof ClientError)
  assert.deepEqual(
    [error.status, error.code, error.error.type, error.message],
    [422, 'EK_BLOCK_THREW', 'TypeError', 'no'],
  )
  assert.equal(error.run.logs?.[0]?.message, 'seen')
})

test('no server and no JSON are told apart', async () => {
  const gone = createClient({ url: 'http://127.0.0.1:1' })
  await assert.rejects(() => gone.run({ code: 'return 1' }), { code: 'EK_CLIENT_UNREACHABLE', status: 0 })
  const odd = createClient({ url: 'http://odd', fetch: async () => new Response('<html>', { status: 502 }) })
  await assert.rejects(() => odd.run({ code: 'return 1' }), { code: 'EK_CLIENT_ANSWER', status: 502 })
})

test('an aborted call cancels the run', async () => {
  const controller = new AbortController()
  const running = client.run(
    { code: 'await new Promise((r) => setTimeout(r, 4000)); return 1' },
    { signal: controller.signal },
  )
  controller.abort()
  await assert.rejects(() => running, { name: 'AbortError' })
})

test('the client loads nothing of the server', () => {
  const script = `
    const seen = []
    const { registerHooks } = await import('node:module')
    registerHooks({ resolve: (specifier, context, next) => { const result = next(specifier, context); seen.push(result.url); return result } })
    await import('@evenkeel/server/client')
    console.log(JSON.stringify(seen))`
  const output = execFileSync(
    process.execPath,
    ['--conditions=@evenkeel/source', '--input-type=module', '-e', script],
    {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    },
  )
  const urls = JSON.parse(output) as string[]
  assert.ok(urls.length > 2)
  for (const url of urls) assert.match(url, /src\/client(\.ts|\/)/)
})
