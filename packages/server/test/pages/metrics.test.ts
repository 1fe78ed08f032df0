/** What an operator sees of the pages: counts, hosts, and the slowest renders with their route. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copySite, get, serveSite } from './support/site.ts'

test('the pools of the pages are measured, listed and recycled, and stay so after a reload', async () => {
  using site = copySite('faulty')
  await using server = await serveSite(site)
  const admin = async (path: string, method = 'GET'): Promise<string> =>
    (await fetch(server.adminUrl + path, { method })).text()
  const count = async (name: string): Promise<number> => {
    const text = await admin('/metrics')
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length) ?? 0,
    )
  }
  const rendered = 'faas_invocations_total{pool="pages-rendering",outcome="ok"}'
  const loaded = 'faas_invocations_total{pool="pages-waiting",outcome="ok"}'
  const before = [await count(rendered), await count(loaded)]
  assert.equal((await get(server, '/fine')).status, 200)
  assert.equal((await get(server, '/endless?go=1')).status, 504)
  assert.equal((await get(server, '/who')).status, 200)
  assert.deepEqual([await count(rendered), await count(loaded)], [(before[0] ?? 0) + 2, (before[1] ?? 0) + 1])
  assert.equal(await count('faas_timeouts_total{pool="pages-rendering"}'), 1)
  assert.equal(await count('runtime_pool_kill_total{pool="pages-rendering",reason="wall"}'), 1)

  const { slowest } = JSON.parse(await admin('/admin/slowest')) as {
    slowest: { poolName: string; programId: string; outcome: string }[]
  }
  const worst = slowest.find(({ outcome }) => outcome === 'wall')
  assert.deepEqual([worst?.poolName, worst?.programId, worst?.outcome], ['pages-rendering', 'render endless', 'wall'])
  const hosts = async (): Promise<{ poolName: string; pid: number; rotation: boolean }[]> =>
    (JSON.parse(await admin('/admin/hosts')) as { hosts: { poolName: string; pid: number; rotation: boolean }[] }).hosts
  const names = async (): Promise<readonly string[]> => [...new Set((await hosts()).map(({ poolName }) => poolName))]
  assert.deepEqual(await names(), ['blocks', 'pages-rendering', 'pages-waiting'])

  const pids = (await hosts()).filter(({ rotation }) => rotation).map(({ pid }) => pid)
  await admin('/admin/recycle', 'POST')
  const now = (await hosts()).filter(({ rotation }) => rotation).map(({ pid }) => pid)
  assert.ok(now.length === pids.length && now.every((pid) => !pids.includes(pid)))

  await admin('/admin/pages/reload', 'POST')
  const soFar = await count(rendered)
  assert.equal((await get(server, '/fine')).status, 200)
  assert.equal(await count(rendered), soFar + 1)
  assert.equal(await count('runtime_pool_capacity{pool="pages-rendering"}'), 1)
  assert.deepEqual(await names(), ['blocks', 'pages-rendering', 'pages-waiting'])
})
