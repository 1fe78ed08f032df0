import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchApp, tempApp, until, type TempApp } from '../../support/temp-app.ts'

const source = fetchApp(`
    if (url.pathname === '/loop') { console.log('looping'); for (;;); }
    if (url.pathname === '/exit') process.exit(3)
    if (url.pathname === '/uncaught') { setTimeout(() => { throw new Error('in a timer') }); return new Response('soon') }
    if (url.pathname === '/unhandled') { Promise.reject(new Error('nobody waits')); return new Response('soon') }
    if (url.pathname === '/grow') { const all = []; for (;;) all.push(new Array(100_000).fill(all.length)) }
    return new Response(String(process.pid))`)

const answers = async ({ url }: TempApp): Promise<boolean> => {
  try {
    return (await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(15_000) })).ok
  } catch {
    return false
  }
}

const faults: Readonly<Record<string, RegExp>> = {
  '/loop': /its event loop was blocked for too long/,
  '/exit': /exit code 3/,
  '/uncaught': /Error: in a timer\n\s+at .*app\.js:\d+/,
  '/unhandled': /Error: nobody waits/,
  '/grow': /more memory than its limit|exit code|SIG/,
}
for (const [path, message] of Object.entries(faults)) {
  test(`${path} costs one runtime, which is replaced`, async () => {
    const limits = { maxBlockedMs: 500, memoryMb: 200 }
    await using running = await tempApp({ 'app.js': source }, { limits })
    const [before] = running.app.pids()
    await fetch(running.url + path).catch(() => undefined)
    assert.match(await running.logged(/was lost and is replaced/), message)
    await until(async () => running.app.state.ready && (await answers(running)))
    assert.notEqual(running.app.pids()[0], before)
    assert.equal(running.app.state.restarts, 1)
  })
}

test('while one of two runtimes is stuck, the other takes all new connections', async () => {
  await using running = await tempApp({ 'app.js': source }, { instances: 2, limits: { maxBlockedMs: 1_000 } })
  const stuck = fetch(`${running.url}/loop`).catch(() => 'lost')
  // Until then it may still accept a connection, which would be lost with it.
  await running.logged(/^looping$/)
  for (let asked = 0; asked < 50; asked += 1) assert.ok(await answers(running))
  assert.equal(await stuck, 'lost')
})

test('a crash loop backs off and turns readiness red', async () => {
  const crashing = `setTimeout(() => { throw new Error('always') }, 50)\n${fetchApp("return new Response('ok')")}`
  await using running = await tempApp({ 'app.js': crashing })
  await until(async () => running.app.state.restarts >= 3)
  const startedAt = performance.now()
  await until(async () => running.app.state.restarts >= 4)
  assert.ok(performance.now() - startedAt > 1_000, 'the third replacement waits')
  assert.equal((await fetch(`${running.app.adminUrl}/ready`)).status, 503)
  assert.equal((await fetch(`${running.app.adminUrl}/live`)).status, 200)
})
