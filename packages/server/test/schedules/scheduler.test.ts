import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCron } from '../../src/blocks/schedules/cron.ts'
import { Scheduler } from '../../src/blocks/schedules/scheduler.ts'
import type { Submission, Submitted } from '../../src/blocks/jobs/async-invocations.ts'
import type { ScheduleRecord } from '../../src/storage/schedules-store.ts'
import { openSqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { startTestServer, until } from '../support/test-server.ts'

const minuteMs = 60_000

async function withSchedule(storage: Storage, fields: Partial<ScheduleRecord> = {}): Promise<void> {
  await storage.functions.addVersion({
    name: 'f',
    tenant: 'a',
    ownerToken: null,
    description: '',
    spec: '{}',
    secrets: null,
    digest: 'd',
    nowMs: 0,
    keepVersions: 1,
  })
  await storage.schedules.put({
    functionName: 'f',
    id: 's',
    tenant: 'a',
    tokenId: null,
    cron: '* * * * *',
    timezone: 'UTC',
    input: '{"a":1}',
    versionRef: '',
    enabled: true,
    createdAtMs: 0,
    lastDueMs: null,
    lastOutcome: null,
    skipped: 0,
    ...fields,
  })
}

interface Stage extends AsyncDisposable {
  readonly scheduler: Scheduler
  readonly submissions: Submission[]
  nowMs: number
  answer: Submitted | Error
}

function stage(storage: Storage): Stage {
  const submissions: Submission[] = []
  const self: Stage = {
    submissions,
    nowMs: 1_000,
    answer: { id: 'job', status: 'queued', isNew: true },
    scheduler: new Scheduler({
      schedules: storage.schedules,
      payer: async (tenant) => ({ tenant, token: undefined, scopes: new Set() }),
      submit: async (submission) => {
        submissions.push(submission)
        if (self.answer instanceof Error) throw self.answer
        return self.answer
      },
      now: () => self.nowMs,
    }),
    [Symbol.asyncDispose]: () => self.scheduler[Symbol.asyncDispose](),
  }
  return self
}

test('a schedule is submitted once for each due time, with a key that names it', async () => {
  await using storage = await openSqliteStorage()
  await withSchedule(storage)
  await using on = stage(storage)
  await on.scheduler.start()
  assert.equal(on.submissions.length, 0)
  for (const nowMs of [minuteMs, minuteMs + 1, 2 * minuteMs, 2 * minuteMs + 30_000]) {
    on.nowMs = nowMs
    await on.scheduler.tick()
  }
  assert.deepEqual(
    on.submissions.map(({ name, input, idempotencyKey, exclusiveKey }) => [name, input, idempotencyKey, exclusiveKey]),
    [
      ['f', { a: 1 }, `schedule s ${minuteMs}`, 'f s'],
      ['f', { a: 1 }, `schedule s ${2 * minuteMs}`, 'f s'],
    ],
  )
  assert.deepEqual((await storage.schedules.list())[0]?.lastOutcome, 'job')
})

test('due times that passed while nothing ran are not made up for', async () => {
  await using storage = await openSqliteStorage()
  await withSchedule(storage)
  await using on = stage(storage)
  await on.scheduler.start()
  on.nowMs = 10 * minuteMs + 1
  await on.scheduler.tick()
  await on.scheduler.tick()
  assert.equal(on.submissions.length, 1)
})

test('a due time is left out, and counted, while the run before goes on or when it cannot run', async () => {
  await using storage = await openSqliteStorage()
  await withSchedule(storage)
  await using on = stage(storage)
  await on.scheduler.start()
  on.answer = { id: 'x', status: 'busy', isNew: false }
  on.nowMs = minuteMs
  await on.scheduler.tick()
  on.answer = Object.assign(new Error('spent'), { code: 'EK_QUOTA_EXHAUSTED' })
  on.nowMs = 2 * minuteMs
  await on.scheduler.tick()
  const [record] = await storage.schedules.list()
  assert.deepEqual([record?.skipped, record?.lastOutcome], [2, 'EK_QUOTA_EXHAUSTED: spent'])
})

test('what is switched off is not submitted', async () => {
  await using storage = await openSqliteStorage()
  await withSchedule(storage, { enabled: false })
  await using on = stage(storage)
  await on.scheduler.start()
  on.nowMs = 5 * minuteMs
  await on.scheduler.tick()
  assert.deepEqual(on.submissions, [])
})

test('time zones count, and what is no schedule is refused', () => {
  const noon = parseCron('0 12 * * *', 'Asia/Shanghai')
  assert.equal(noon.nextMs(0), 4 * 3_600_000)
  for (const [pattern, zone] of [
    ['61 * * * *', 'UTC'],
    ['* * *', 'UTC'],
    ['* * * * *', 'Nowhere/City'],
  ] as const)
    assert.throws(() => parseCron(pattern, zone), { code: 'EK_REQUEST_INVALID' }, pattern)
})

test('a schedule set over the API runs the function, without overlap, and shows what became of it', async () => {
  await using server = await startTestServer({ drainMs: 0 })
  const code = 'await new Promise((r) => setTimeout(r, 60000)); return 1'
  await server.ask('PUT', '/v1/functions/tick', { body: { code, limits: { wallMs: 20_000 } } })
  const path = '/v1/functions/tick/schedules/often'
  const set = await server.ask('PUT', path, { body: { cron: '* * * * * *', input: { a: 1 } } })
  assert.equal(set.status, 200, set.text)
  assert.ok(Date.parse(set.body.nextAt) > Date.now() - 1_000)
  const listed = await until(
    async () => (await server.ask('GET', '/v1/functions/tick/schedules')).body.items[0],
    ({ skipped }) => skipped >= 1,
  )
  assert.equal(listed.lastOutcome, 'skipped: the run before is not over')
  assert.equal((await server.ask('PUT', path, { body: { cron: '0 0 31 2 *' } })).status, 400)
  assert.equal((await server.ask('DELETE', path)).status, 204)
  assert.equal((await server.ask('DELETE', path)).body.error.code, 'EK_SCHEDULE_NOT_FOUND')
})
