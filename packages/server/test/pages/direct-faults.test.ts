/** Runtimes that answer for a site themselves, when one of them is stuck, killed or filled up. */
import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { until } from '../support/temp-app.ts'
import { runSite, type DirectPages } from './support/direct.ts'
import { copySite, get, type SiteCopy } from './support/site.ts'

let site: SiteCopy
let direct: DirectPages

before(async () => {
  site = copySite('faulty')
  // Runtimes are warm sooner with few pages.
  for (const name of readdirSync(join(site.dir, 'pages')))
    if (!/^(endless|fine|cached)\.tsx$/.test(name)) rmSync(join(site.dir, 'pages', name), { recursive: true })
  direct = await runSite(site, { instances: 2, limits: { maxBlockedMs: 1_000 } })
})

after(async () => {
  await direct[Symbol.asyncDispose]()
  site[Symbol.dispose]()
})

const ready = async (): Promise<boolean> => (await fetch(`${direct.pages.adminUrl}/ready`)).status === 200

/** Over a connection of its own; undefined when its runtime was lost. */
async function statusOf(path: string): Promise<number | undefined> {
  try {
    return (await get(direct, path, { connection: 'close' })).status
  } catch {
    return undefined
  }
}

test('a render that never ends costs its runtime, and the other takes what comes', async () => {
  const before = direct.pages.pids()
  const stuck = statusOf('/endless?go=1')
  // Until it has begun to compute, it may still accept a connection, which would be lost with it.
  const answers: (number | undefined)[] = []
  for (let asked = 0; asked < 20; asked += 1) answers.push(await statusOf('/fine'))
  assert.ok(answers.filter((status) => status === 200).length >= 19, answers.join(' '))
  assert.equal(await stuck, undefined)
  await direct.logged(/was lost and is replaced: its event loop was blocked for too long/)
  await until(async () => direct.pages.pids().length === 2 && (await ready()))
  assert.equal(direct.pages.pids().filter((pid) => before.includes(pid)).length, 1)
})

test('a runtime that is killed under load costs what it had, and is replaced', async () => {
  const restarts = direct.pages.state.restarts
  const lost: unknown[] = []
  let isOver = false
  const visitors = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const status = await statusOf('/fine')
      if (status !== 200) lost.push(status)
    }
  })
  const [victim = 0] = direct.pages.pids()
  process.kill(victim, 'SIGKILL')
  await until(async () => direct.pages.state.restarts > restarts && direct.pages.pids().length === 2 && (await ready()))
  isOver = true
  await Promise.all(visitors)
  assert.ok(lost.length <= 4, `${lost.length} were lost: ${lost.join(' ')}`)
  assert.ok(lost.every((status) => status === undefined))
  assert.ok(!direct.pages.pids().includes(victim))
})

test('a purge reaches every runtime, and those that start later', async () => {
  // Each runtime counts what it has rendered.
  const copies = async (): Promise<Set<string>> => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => get(direct, '/cached', { connection: 'close' })))
    return new Set(answers.map(({ headers }) => headers.get('cache-status')?.split(';')[1]?.trim() ?? ''))
  }
  await until(async () => !(await copies()).has('fwd=uri-miss'))
  const purge = (body: unknown): Promise<Response> =>
    fetch(`${direct.pages.adminUrl}/admin/pages/purge`, { method: 'POST', body: JSON.stringify(body) })
  const answer = await purge({ tags: ['all'] })
  assert.deepEqual([answer.status, await answer.json()], [200, { purged: 2 }])
  assert.ok((await copies()).has('fwd=uri-miss'))
  for (const [body, code] of [
    [{ tags: 7 }, 'EK_REQUEST_INVALID'],
    ['x'.repeat(2 * 1_048_576), 'EK_REQUEST_TOO_LARGE'],
  ] as const) {
    const refused = await purge(body)
    assert.equal(((await refused.json()) as { error: { code: string } }).error.code, code)
  }
})
