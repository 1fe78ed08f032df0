/** Runtimes for long requests that nobody uses, by a clock of its own. The paths are those of the package: the clock is not public. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { test } from 'node:test'
import { appPools } from '../../src/serve/app-pools.ts'
import { resolveRunAppOptions } from '../../src/apps/direct/app-options.ts'
import { startDirectApp } from '../../src/apps/direct/running-app.ts'
import type { Every } from '../../src/apps/direct/slow-lane.ts'
import { fetchApp, noHurry, tempApp, until, type TempApp } from '../support/temp-app.ts'

const source = fetchApp(`
  const untilUs = process.threadCpuUsage().user + 25_000
  if (url.pathname === '/long') while (process.threadCpuUsage().user < untilUs);
  if (url.pathname === '/hold') {
    while (process.threadCpuUsage().user < untilUs);
    if (env.HOLD === url.search) { console.log('held'); return new Response(new ReadableStream({ start(controller) { controller.enqueue('x') } })) }
  }
  return Response.json(process.pid)`)

/** Looks are due when the test says so. */
class FakeTimer {
  readonly #calls = new Set<() => Promise<void>>()
  readonly every: Every = (ms, call) => {
    assert.equal(ms, 20_000)
    this.#calls.add(call)
    return { [Symbol.dispose]: () => void this.#calls.delete(call) }
  }

  get size(): number {
    return this.#calls.size
  }

  async pass(): Promise<void> {
    await Promise.all([...this.#calls].map((call) => call()))
  }
}

async function laneApp(timer: FakeTimer, variables: Record<string, string> = {}): Promise<TempApp> {
  const { every } = timer
  return tempApp({ 'app.js': source }, { slowLane: true, variables, limits: noHurry }, (options) =>
    startDirectApp(resolveRunAppOptions(options, 1), {
      every,
      pools: ({ descriptor }) => appPools([descriptor]),
    }),
  )
}

async function pidOf({ url }: TempApp, path: string): Promise<number> {
  // Each has a connection of its own: one that was kept alive may be at its end.
  const [response] = (await once(request(url + path, { agent: false }).end(), 'response')) as [
    AsyncIterable<Buffer> & { readonly statusCode: number },
  ]
  let text = ''
  for await (const chunk of response) text += chunk.toString()
  assert.equal(response.statusCode, 200, text)
  return Number(text)
}

/** Asks until a runtime answers that accepts no connections. */
async function taught(running: TempApp, path = '/long'): Promise<number> {
  let pid = 0
  await until(async () => {
    pid = await pidOf(running, path)
    return !running.app.pids().includes(pid)
  })
  return pid
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function ends({ log }: TempApp): number {
  return log.filter((line) => /no request computed for long for 60 s: their runtimes end/.test(line)).length
}

/** As many looks as it takes; a runtime that is slow to answer one is not unused. */
async function untilEnded(running: TempApp, timer: FakeTimer, before: number): Promise<void> {
  await until(async () => {
    await timer.pass()
    return ends(running) > before
  })
}

test('runtimes for long requests end after a minute without use, and others start when they are needed again', async () => {
  const timer = new FakeTimer()
  await using running = await laneApp(timer)
  const pid = await taught(running)
  // The first look finds what was asked, the next two find nothing.
  for (let look = 0; look < 3; look += 1) await timer.pass()
  assert.equal(ends(running), 0)
  assert.equal(await pidOf(running, '/long'), pid)
  for (let look = 0; look < 3; look += 1) await timer.pass()
  assert.equal(ends(running), 0)
  await untilEnded(running, timer, 0)
  assert.equal(timer.size, 0)
  assert.deepEqual(running.app.pids(), [await pidOf(running, '/quick')])
  await until(async () => !isAlive(pid))
  const next = await taught(running)
  assert.notEqual(next, pid)
  assert.equal(timer.size, 1)
  assert.equal(running.app.state.restarts, 0)
})

test('a request that is under way keeps them', async () => {
  const timer = new FakeTimer()
  await using running = await laneApp(timer, { HOLD: '?on' })
  const pid = await taught(running, '/hold')
  const leaving = new AbortController()
  const held = await fetch(`${running.url}/hold?on`, { signal: leaving.signal })
  await held.body?.getReader().read()
  await running.logged(/held/)
  for (let look = 0; look < 6; look += 1) await timer.pass()
  assert.equal(ends(running), 0)
  assert.ok(isAlive(pid))
  leaving.abort()
  await untilEnded(running, timer, 0)
  await until(async () => !isAlive(pid))
})

test('requests that come while they end are answered, all of them', async () => {
  const timer = new FakeTimer()
  const pids = new Set<number>()
  {
    await using running = await laneApp(timer)
    for (let round = 0; round < 2; round += 1) {
      pids.add(await taught(running))
      const before = ends(running)
      for (let look = 0; look < 3; look += 1) await timer.pass()
      const asked = Promise.all(Array.from({ length: 8 }, () => pidOf(running, '/long')))
      await timer.pass()
      // Those that came before the end, by those that were there; later ones, by the next, or by who accepted them.
      for (const pid of await asked) pids.add(pid)
      await untilEnded(running, timer, before)
    }
    assert.ok(pids.size >= 2)
    assert.equal(running.app.state.restarts, 0)
  }
  for (const pid of pids) assert.ok(!isAlive(pid))
})
