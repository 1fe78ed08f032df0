import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 2 } })
})
after(() => server[Symbol.asyncDispose]())

test('/live and /ready say so', async () => {
  assert.deepEqual(await admin('/live'), { status: 'live' })
  const ready = (await admin('/ready')) as { status: string; pool: { hosts: number; processes: number } }
  assert.equal(ready.status, 'ready')
  assert.equal(ready.pool.hosts, 2)
})

test('/metrics counts runs, refusals, limits and kills under their names', async () => {
  await server.run('return 1')
  await server.run('throw new Error("x")')
  await server.run('for (;;);', { limits: { wallMs: 100 } })
  await server.run('let x = 3n; for (;;) x = x * x', { limits: { wallMs: 100 } })
  const text = await (await fetch(`${server.server.adminUrl}/metrics`)).text()
  assert.equal(value(text, 'faas_invocations_total{pool="blocks",outcome="ok"}'), 1)
  assert.equal(value(text, 'faas_invocations_total{pool="blocks",outcome="failed"}'), 1)
  assert.equal(value(text, 'faas_invocations_total{pool="blocks",outcome="ended"}'), 2)
  assert.equal(value(text, 'runtime_pool_limit_hits_total{pool="blocks",limit="wall"}'), 2)
  assert.equal(value(text, 'runtime_pool_kill_total{pool="blocks",reason="wall"}'), 1)
  assert.ok(value(text, 'runtime_pool_capacity{pool="blocks"}') === 2)
  assert.ok(
    value(
      text,
      'http_server_request_duration_seconds_count{http_request_method="POST",http_route="/v1/run",http_response_status_code="504"}',
    ) === 2,
  )
})

test('an answer says where its time went', async () => {
  const response = await fetch(`${server.server.url}/v1/run`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"code":"return 1"}',
  })
  await response.text()
  assert.match(
    response.headers.get('server-timing') ?? '',
    /^queue;dur=[\d.]+, dispatch;dur=[\d.]+, init;dur=[\d.]+, run;dur=[\d.]+, cpu;dur=[\d.]+$/,
  )
})

test('the slowest runs are kept with the state of their host', async () => {
  await server.run('await new Promise((r) => setTimeout(r, 150)); return "slow one"')
  const { slowest } = (await admin('/admin/slowest')) as {
    slowest: { totalMs: number; outcome: string; pool: { host: { hostId: number } } }[]
  }
  const slow = slowest.find(({ outcome, totalMs }) => outcome === 'ok' && totalMs >= 149)
  assert.ok((slow?.pool.host.hostId ?? 0) > 0, JSON.stringify(slowest.slice(0, 3)))
})

test('/admin/hosts lists every process, and /admin/recycle replaces those of the rotation', async () => {
  const before = await hostPids()
  const response = await fetch(`${server.server.adminUrl}/admin/recycle`, { method: 'POST' })
  assert.equal(response.status, 200)
  const after = await hostPids()
  assert.equal(after.length, 2)
  for (const pid of after) assert.ok(!before.includes(pid))
  assert.equal((await server.run('return 1')).body.result, 1)
})

async function hostPids(): Promise<number[]> {
  const { hosts } = (await admin('/admin/hosts')) as { hosts: { pid: number; rotation: boolean }[] }
  return hosts.filter(({ rotation }) => rotation).map(({ pid }) => pid)
}

async function admin(path: string): Promise<unknown> {
  return (await fetch(server.server.adminUrl + path)).json()
}

function value(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(series)) ?? assert.fail(`no ${series}`)
  return Number(line.slice(series.length + 1))
}
