import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startTestServer, until, type ApiAnswer, type TestServer } from '../support/test-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-async-'))
let server: TestServer
before(async () => {
  server = await startTestServer({ functions: { asyncConcurrency: 2 } })
  await server.ask('PUT', '/v1/functions/double', {
    body: { code: 'return input.n * 2', inputSchema: { type: 'object' } },
  })
  await server.ask('PUT', '/v1/functions/failing', { body: { code: 'throw new Error("no")' } })
  await server.ask('PUT', '/v1/functions/slow', {
    body: { code: 'await new Promise((r) => setTimeout(r, input.ms)); return 1', limits: { wallMs: 20_000 } },
  })
})
after(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const start = (name: string, body: Record<string, unknown>, headers: Record<string, string> = {}): Promise<ApiAnswer> =>
  server.ask('POST', `/v1/functions/${name}/invoke?mode=async`, { body, headers })
const over = (id: string): Promise<ApiAnswer> =>
  until(
    () => server.ask('GET', `/v1/executions/${id}`),
    ({ body }) => !['queued', 'running'].includes(body.status),
  )

test('an asynchronous run is acknowledged with an id, and its answer can be asked for', async () => {
  const started = await start('double', { input: { n: 21 } })
  assert.equal(started.status, 202)
  assert.equal(started.headers.get('location'), `/v1/executions/${started.body.id}`)
  const { body } = await over(started.body.id)
  assert.deepEqual([body.status, body.kind, body.function], ['succeeded', 'async', 'double'])
  assert.deepEqual([body.job.answer.result, body.job.answer.id, body.job.attempts], [42, started.body.id, 1])
})

test('what cannot run is refused before it is kept', async () => {
  assert.equal((await start('nobody', {})).status, 404)
  assert.equal((await start('double', { input: 'x' })).body.error.code, 'EK_FUNCTION_INPUT')
  const { token } = await server.token({ tenant: 'anonymous', limits: { quota: { period: 'total', runs: 2 } } })
  const statuses = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const path = '/v1/functions/double/invoke?mode=async'
      return (await server.ask('POST', path, { token, body: { input: { n: 1 } } })).status
    }),
  )
  assert.deepEqual(
    statuses.toSorted((a, b) => a - b),
    [202, 202, 429, 429, 429],
  )
  const sync = await server.ask('POST', '/v1/functions/double/invoke', { body: { retry: {} } })
  assert.equal(sync.status, 400)
})

test('one idempotency key is one run; another request under it is refused', async () => {
  const first = await start('double', { input: { n: 1 }, idempotencyKey: 'once' })
  const again = await start('double', { input: { n: 1 } }, { 'idempotency-key': 'once' })
  assert.deepEqual([again.status, again.body.id, again.body.duplicate], [202, first.body.id, true])
  const other = await start('double', { input: { n: 2 }, idempotencyKey: 'once' })
  assert.deepEqual([other.status, other.body.error.code], [409, 'EK_IDEMPOTENCY_CONFLICT'])
  const many = await Promise.all(
    Array.from({ length: 20 }, () => start('double', { input: { n: 3 }, idempotencyKey: 'k' })),
  )
  assert.equal(new Set(many.map(({ body }) => body.id)).size, 1)
})

test('a failure is tried again when the caller asks for it, and not otherwise', async () => {
  const once = await over((await start('failing', {})).body.id)
  assert.deepEqual([once.body.status, once.body.job.attempts], ['failed', 1])
  const thrice = await over((await start('failing', { retry: { attempts: 3, backoffMs: 1 } })).body.id)
  assert.deepEqual([thrice.body.status, thrice.body.job.attempts], ['failed', 3])
  assert.equal(thrice.body.job.answer.error.message, 'no')
  assert.equal(thrice.body.error.code, 'EK_BLOCK_THREW')
})

test('queued and running runs can be cancelled, and what is over cannot', async () => {
  const ids = await Promise.all(
    [1, 2, 3].map(async () => (await start('slow', { input: { ms: 15_000 } })).body.id as string),
  )
  await until(
    async () =>
      (await Promise.all(ids.map((id) => server.ask('GET', `/v1/executions/${id}`)))).map(
        ({ body }) => body.status as string,
      ),
    (statuses) => statuses.filter((status) => status === 'running').length === 2,
  )
  for (const id of ids) {
    assert.deepEqual((await server.ask('DELETE', `/v1/executions/${id}`)).body, { id, status: 'cancelled' })
    assert.equal((await server.ask('GET', `/v1/executions/${id}`)).body.status, 'cancelled')
    assert.equal((await server.ask('DELETE', `/v1/executions/${id}`)).body.error.code, 'EK_EXECUTION_OVER')
  }
  // Their places are free again.
  assert.equal((await over((await start('double', { input: { n: 1 } })).body.id)).body.status, 'succeeded')
})

test('a job of another tenant does not exist', async () => {
  const { token } = await server.token()
  const { id } = (await start('double', { input: { n: 1 } })).body
  assert.equal((await server.ask('GET', `/v1/executions/${id}`, { token })).status, 404)
  assert.equal((await server.ask('DELETE', `/v1/executions/${id}`, { token })).status, 404)
})

test('a job that was acknowledged is run by the next server', async () => {
  const dataDir = join(folder, 'restart')
  let id = ''
  {
    await using first = await startTestServer({ dataDir, drainMs: 0 })
    const code = 'await new Promise((r) => setTimeout(r, input.ms)); return "done"'
    await first.ask('PUT', '/v1/functions/wait', { body: { code } })
    id = (await first.ask('POST', '/v1/functions/wait/invoke?mode=async', { body: { input: { ms: 300 } } })).body.id
    await until(
      () => first.ask('GET', `/v1/executions/${id}`),
      ({ body }) => body.status === 'running',
    )
  }
  await using second = await startTestServer({ dataDir })
  const { body } = await until(
    () => second.ask('GET', `/v1/executions/${id}`),
    (answer) => answer.body.status === 'succeeded',
  )
  assert.deepEqual([body.job.answer.result, body.job.attempts], ['done', 1])
})
