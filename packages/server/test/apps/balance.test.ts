import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent, request } from 'undici'
import { fetchApp, tempApp, until } from '../support/temp-app.ts'

const source = fetchApp(`
  if (url.pathname === '/burn') { console.log('burning'); const until = performance.now() + 1_500; while (performance.now() < until); }
  await new Promise((resolve) => setTimeout(resolve, 50))
  return new Response(String(process.pid))`)

test('connections that one runtime took while the other was busy are shared again, and no request fails', async () => {
  await using running = await tempApp({ 'app.js': source }, { instances: 2 })
  const agent = new Agent({ connections: 40 })
  const ask = async (path = '/'): Promise<string> => {
    const { statusCode, body } = await request(running.url + path, { dispatcher: agent })
    assert.equal(statusCode, 200)
    return body.text()
  }
  try {
    const busy = ask('/burn')
    await running.logged(/burning/)
    const round = async (): Promise<number[]> => {
      const pids = await Promise.all(Array.from({ length: 39 }, () => ask()))
      return [...Map.groupBy(pids, (pid) => pid).values()].map(({ length }) => length)
    }
    // The other runtime takes most of what is opened meanwhile.
    const first = await round()
    await busy
    assert.ok(Math.max(...first) > 25, `${first.join(' and ')} at first`)
    await until(async () => Math.max(...(await round())) <= 24)
    assert.equal(running.app.state.restarts, 0)
  } finally {
    await agent.destroy()
  }
})

test('two runtimes share work that computes, so that two processors do at least 1.7 times what one does', async () => {
  const burning = fetchApp(`
    const until = process.threadCpuUsage().user + 2_000
    while (process.threadCpuUsage().user < until) for (let turn = 0; turn < 10_000; turn += 1);
    return new Response(String(process.pid))`)
  await using running = await tempApp({ 'app.js': burning }, { instances: 2, slowLane: false })
  const agent = new Agent({ connections: 20 })
  const round = async (): Promise<number> => {
    const pids: string[] = []
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let asked = 0; asked < 10; asked += 1) {
          const { body } = await request(running.url, { dispatcher: agent })
          pids.push(await body.text())
        }
      }),
    )
    const counts = [...Map.groupBy(pids, (pid) => pid).values()].map(({ length }) => length)
    return pids.length / Math.max(...counts)
  }
  try {
    // Whoever does the most is done last: this is what the other takes off it.
    await until(async () => Math.min(await round(), await round()) >= 1.7)
  } finally {
    await agent.destroy()
  }
})
