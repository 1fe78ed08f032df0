import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchApp, tempApp, until, type TempApp } from '../support/temp-app.ts'

interface State {
  readonly runs: readonly {
    readonly cron: string
    readonly dueMs: number
    readonly lateMs: number
    readonly pid: number
  }[]
  /** The most runs of one pattern at a time. */
  readonly most: number
  readonly done: number
}

const state = async ({ url }: TempApp): Promise<State> =>
  (await (await fetch(`${url}/state`, { headers: { connection: 'close' } })).json()) as State

test('scheduled work runs when it is due, in one runtime, never twice at a time, and its failure is logged', async () => {
  const crons = `['* * * * * *', '*/1 * * * * *']`
  await using running = await tempApp(
    {
      'app.js': `
const runs = []
const running = {}
let most = 0, done = 0
${fetchApp(
  "if (url.pathname === '/state') return Response.json({ runs, most, done })\nreturn new Response('x')",
  `crons: ${crons},
  async scheduled({ cron, scheduledTime }, env, context) {
    running[cron] = (running[cron] ?? 0) + 1
    most = Math.max(most, running[cron])
    runs.push({ cron, dueMs: scheduledTime, lateMs: Date.now() - scheduledTime, pid: process.pid })
    context.waitUntil(new Promise((resolve) => setTimeout(resolve, 10)).then(() => (done += 1)))
    if (cron.startsWith('*/')) { running[cron] -= 1; throw new Error('the work is broken') }
    await new Promise((resolve) => setTimeout(resolve, 1500))
    running[cron] -= 1
  },`,
)}`,
    },
    { instances: 1 },
  )
  await until(async () => (await state(running)).runs.filter(({ cron }) => cron === '* * * * * *').length >= 2)
  const { runs, most, done } = await state(running)
  assert.ok(runs.every(({ lateMs }) => lateMs >= -50 && lateMs < 10_000))
  assert.equal(most, 1)
  const [first, second] = runs.filter(({ cron }) => cron === '* * * * * *').map(({ dueMs }) => dueMs)
  const apartMs = (second ?? 0) - (first ?? 0)
  assert.ok(apartMs >= 1_400, `work of 1.5 s is left out while it runs: the next was due ${apartMs} ms after the first`)
  // The second pattern runs beside the first.
  assert.ok(runs.some(({ cron }) => cron === '*/1 * * * * *'))
  assert.ok(done >= 1)
  assert.match(await running.logged(/scheduled work of "\*\/1 \* \* \* \* \*" failed/), /the work is broken/)
})

test('a reload moves the schedule to the new version', async () => {
  const app = (version: number, cron: string): string =>
    fetchApp(
      "return new Response('x')",
      `crons: ['${cron}'], scheduled() { console.log('work of version ${version}') },`,
    )
  await using running = await tempApp({ 'app.js': app(1, '* * * * * *') })
  await running.logged(/work of version 1/)
  running.write('app.js', app(2, '*/1 * * * * *'))
  assert.equal((await running.app.reload()).status, 'reloaded')
  await running.logged(/work of version 2/)
  const before = running.log.filter((line) => line === 'work of version 1').length
  const seen = running.log.filter((line) => line === 'work of version 2').length
  await until(async () => running.log.filter((line) => line === 'work of version 2').length >= seen + 2)
  assert.equal(running.log.filter((line) => line === 'work of version 1').length, before)
})

test('a pattern that is none keeps the app from starting, and is named', async () => {
  const app = fetchApp("return new Response('x')", "crons: ['61 * * * *'], scheduled() {},")
  await assert.rejects(tempApp({ 'app.js': app }), { code: 'EK_APP_LOAD', message: /61 \* \* \* \*/ })
  await using running = await tempApp({ 'app.js': fetchApp("return new Response('before')") })
  running.write('app.js', app)
  assert.equal((await running.app.reload()).status, 'kept')
  assert.equal(await (await fetch(running.url)).text(), 'before')
})

test('work given to waitUntil goes on after the answer; a runtime that is replaced waits for it', async () => {
  await using running = await tempApp({
    'app.js': fetchApp(`
      const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
      if (url.pathname === '/fail') context.waitUntil(wait(10).then(() => { throw new Error('later') }))
      else context.waitUntil(wait(1000).then(() => console.log('work is done')))
      return new Response('answered')`),
  })
  assert.equal(await (await fetch(running.url)).text(), 'answered')
  assert.ok(!running.log.includes('work is done'))
  assert.equal((await running.app.reload()).status, 'reloaded')
  await running.logged(/^work is done$/)
  assert.equal(await (await fetch(`${running.url}/fail`)).text(), 'answered')
  assert.match(await running.logged(/given to waitUntil was rejected/), /later/)
  assert.equal(running.app.state.restarts, 0)
  await fetch(running.url)
  await running.app.close()
  assert.equal(running.log.filter((line) => line === 'work is done').length, 2)
})
