import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Retention } from '../../src/blocks/executions/retention.ts'
import { HistoryWriter } from '../../src/blocks/executions/history-writer.ts'
import { openSqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts'
import { startTestServer, until, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ history: { keepInputs: true, keepResults: true, maxValueBytes: 1_000 } })
})
after(() => server[Symbol.asyncDispose]())

test('an execution is kept with its status, timings, logs, error, input and result', async () => {
  const code = 'console.log("seen"); if (input.bad) throw new TypeError("bad"); return input.n'
  const good = await server.run(code, { input: { n: 1 } })
  const bad = await server.run(code, { input: { bad: true } })
  const kept = (await server.ask('GET', `/v1/executions/${good.body.id}`)).body
  assert.deepEqual(
    [kept.kind, kept.status, kept.httpStatus, kept.input, kept.result, kept.logs[0].message],
    ['run', 'succeeded', 200, { n: 1 }, 1, 'seen'],
  )
  assert.ok(kept.usage.wallMs > 0)
  const failed = (await server.ask('GET', `/v1/executions/${bad.body.id}`)).body
  assert.deepEqual([failed.status, failed.httpStatus, failed.error], ['failed', 422, bad.body.error])
  assert.equal(failed.result, undefined)
})

test('executions are filtered and paged, and every tenant sees its own', async () => {
  const { token } = await server.token()
  const ids: string[] = []
  for (let index = 0; index < 7; index += 1) {
    const code = index % 2 === 0 ? 'return 1' : 'throw new Error("x")'
    ids.unshift((await server.ask('POST', '/v1/run', { token, body: { code } })).body.id)
  }
  const list = async (query: string): Promise<{ items: { id: string }[]; next: string | null }> =>
    (await server.ask('GET', `/v1/executions${query}`, { token })).body
  const all = await list('')
  assert.deepEqual(new Set(all.items.map(({ id }) => id)), new Set(ids))
  assert.equal((await list('?status=failed')).items.length, 3)
  assert.equal((await list('?code=EK_BLOCK_THREW&kind=run&limit=2')).items.length, 2)
  assert.equal((await list(`?until=2020-01-01T00:00:00Z`)).items.length, 0)
  assert.equal((await list(`?function=none`)).items.length, 0)
  const seen: string[] = []
  for (let cursor = ''; ;) {
    const page = await list(`?limit=3${cursor}`)
    seen.push(...page.items.map(({ id }) => id))
    if (page.next === null) break
    cursor = `&cursor=${page.next}`
  }
  assert.deepEqual(
    seen,
    all.items.map(({ id }) => id),
  )
  for (const query of ['?limit=0', '?limit=501', '?cursor=zzz', '?since=yesterday', '?status=odd', '?other=1'])
    assert.equal((await server.ask('GET', `/v1/executions${query}`, { token })).status, 400, query)
  assert.equal((await server.ask('GET', `/v1/executions/${ids[0]}`)).status, 404)
})

test('a kept execution runs again: a block with its code, a function in its version', async () => {
  const block = await server.run('return input.n + 1', { input: { n: 1 } })
  const replay = await server.ask('POST', `/v1/executions/${block.body.id}/replay`)
  assert.deepEqual([replay.status, replay.body.result], [200, 2])
  const shown = (await server.ask('GET', `/v1/executions/${replay.body.id}`)).body
  assert.deepEqual([shown.kind, shown.replayOf], ['replay', block.body.id])
  await server.ask('PUT', '/v1/functions/versioned', { body: { code: 'return "old " + input.n' } })
  const old = await server.ask('POST', '/v1/functions/versioned/invoke', { body: { input: { n: 1 } } })
  await server.ask('PUT', '/v1/functions/versioned', { body: { code: 'return "new " + input.n' } })
  assert.equal((await server.ask('POST', `/v1/executions/${old.body.id}/replay`)).body.result, 'old 1')
  const long = await server.run('return 1', { input: 'x'.repeat(2_000) })
  const refused = await server.ask('POST', `/v1/executions/${long.body.id}/replay`)
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'EK_EXECUTION_NOT_KEPT'])
  assert.equal((await server.ask('POST', '/v1/executions/none/replay')).status, 404)
})

test('without being told to, neither input nor result nor code is kept', async () => {
  await using plain = await startTestServer()
  const { body } = await plain.run('return "the result"', { input: 'the input' })
  const { text, body: kept } = await plain.ask('GET', `/v1/executions/${body.id}`)
  assert.equal(kept.status, 'succeeded')
  assert.ok(!/the input|the result/.test(text))
  assert.equal((await plain.ask('POST', `/v1/executions/${body.id}/replay`)).body.error.code, 'EK_EXECUTION_NOT_KEPT')
})

test('a run is cancelled by its tenant alone', async () => {
  const { token } = await server.token()
  await server.ask('PUT', '/v1/functions/long', {
    token,
    body: { code: 'await new Promise((r) => setTimeout(r, 10000))', limits: { wallMs: 20_000 } },
  })
  const started = await server.ask('POST', '/v1/functions/long/invoke?mode=async', { token, body: {} })
  await until(
    () => server.ask('GET', `/v1/executions/${started.body.id}`, { token }),
    ({ body }) => body.status === 'running',
  )
  assert.equal((await server.ask('DELETE', `/v1/executions/${started.body.id}`)).status, 404)
  assert.equal((await server.ask('DELETE', `/v1/executions/${started.body.id}`, { token })).status, 200)
  const kept = (await server.ask('GET', `/v1/executions/${started.body.id}`, { token })).body
  assert.equal(kept.status, 'cancelled')
})

test('retention deletes what is older than the policy says', async () => {
  await using storage = await openSqliteStorage()
  await using history = new HistoryWriter({ executions: storage.executions })
  const day = 86_400_000
  const record = { id: '', kind: 'run', tenant: 'a', status: 'succeeded', httpStatus: 200 } as const
  const rest = {
    queueMs: 0,
    wallMs: 0,
    cpuMs: 0,
    peakHeapBytes: 0,
    error: null,
    logs: null,
    warnings: null,
    input: null,
  }
  const nothing = { tokenId: null, functionName: null, version: null, errorCode: null, errorType: null, result: null }
  const none = { sourceDigest: null, limits: null, replayOf: null }
  for (const days of [1, 5, 9])
    history.add({ ...record, ...rest, ...nothing, ...none, id: `${days}`, startedAtMs: (20 - days) * day })
  await history.flush()
  const policy = {
    enabled: true,
    keepDays: 7,
    maxExecutions: 10,
    keepInputs: false,
    keepResults: false,
    maxValueBytes: 0,
  }
  await using retention = new Retention({ executions: storage.executions, history, policy, now: () => 20 * day })
  await retention.enforce()
  assert.deepEqual(
    (await storage.executions.list({ limit: 9 })).map(({ id }) => id),
    ['1', '5'],
  )
})
