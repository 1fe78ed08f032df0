/** What every backend must do. Run it with a factory that gives an empty store. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExecutionRecord } from '../../src/storage/executions-store.ts'
import type { JobRecord } from '../../src/storage/jobs-store.ts'
import type { ScheduleRecord } from '../../src/storage/schedules-store.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { TokenRecord } from '../../src/storage/tokens-store.ts'

const hash = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)

function newVersion(fields: Partial<Parameters<Storage['functions']['addVersion']>[0]> = {}) {
  return {
    name: 'f',
    tenant: 'a',
    ownerToken: null,
    description: '',
    spec: '{"code":"1","description":"first"}',
    secrets: null,
    digest: 'd1',
    nowMs: 1,
    keepVersions: 50,
    ...fields,
  }
}

function token(fields: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id: 't1',
    name: 'one',
    tenant: 'a',
    hash: hash(1),
    scopes: ['run'],
    limits: '{}',
    createdAtMs: 1,
    expiresAtMs: null,
    revokedAtMs: null,
    lastUsedAtMs: null,
    ...fields,
  }
}

function execution(id: string, startedAtMs: number, fields: Partial<ExecutionRecord> = {}): ExecutionRecord {
  return {
    id,
    kind: 'run',
    tenant: 'a',
    tokenId: null,
    functionName: null,
    version: null,
    status: 'succeeded',
    httpStatus: 200,
    errorCode: null,
    errorType: null,
    startedAtMs,
    queueMs: 0.5,
    wallMs: 1,
    cpuMs: 1,
    peakHeapBytes: 1,
    error: null,
    logs: '[]',
    warnings: null,
    input: '1',
    result: '2',
    sourceDigest: null,
    limits: null,
    replayOf: null,
    ...fields,
  }
}

function job(id: string, fields: Partial<JobRecord> = {}): JobRecord {
  return {
    id,
    kind: 'async',
    tenant: 'a',
    tokenId: null,
    functionName: 'f',
    versionRef: '',
    input: '{}',
    status: 'queued',
    attempts: 0,
    maxAttempts: 3,
    backoffMs: 1,
    retryAll: false,
    nextAtMs: 10,
    leaseUntilMs: null,
    idempotencyKey: null,
    requestDigest: 'r',
    exclusiveKey: null,
    createdAtMs: 1,
    finishedAtMs: null,
    answer: null,
    answerStatus: null,
    ...fields,
  }
}

const schedule: ScheduleRecord = {
  functionName: 'f',
  id: 's',
  tenant: 'a',
  tokenId: null,
  cron: '* * * * *',
  timezone: 'UTC',
  input: '{}',
  versionRef: '',
  enabled: true,
  createdAtMs: 1,
  lastDueMs: null,
  lastOutcome: null,
  skipped: 0,
}

const cases: Readonly<Record<string, (storage: Storage) => Promise<void>>> = {
  'versions count up, an equal one is not stored again, and a foreign name is refused': async ({ functions }) => {
    assert.deepEqual(await functions.addVersion(newVersion()), { status: 'added', version: 1, previousVersion: null })
    assert.deepEqual(await functions.addVersion(newVersion()), { status: 'unchanged', version: 1, previousVersion: 1 })
    const second = await functions.addVersion(newVersion({ digest: 'd2', secrets: new Uint8Array([1, 2]) }))
    assert.deepEqual(second, { status: 'added', version: 2, previousVersion: 1 })
    assert.deepEqual(await functions.addVersion(newVersion({ tenant: 'b', digest: 'd3' })), { status: 'taken' })
    assert.deepEqual([...((await functions.version('f', 2))?.secrets ?? [])], [1, 2])
    assert.equal((await functions.get('f'))?.currentVersion, 2)
    assert.equal(await functions.get('g'), undefined)
  },
  'a rollback moves the current version and the next one still gets a new number': async ({ functions }) => {
    await functions.addVersion(newVersion())
    await functions.addVersion(newVersion({ digest: 'd2' }))
    assert.equal(await functions.setCurrent('f', 1, 5), true)
    assert.equal(await functions.setCurrent('f', 9, 5), false)
    assert.deepEqual(await functions.addVersion(newVersion({ digest: 'd3' })), {
      status: 'added',
      version: 3,
      previousVersion: 1,
    })
  },
  'old versions go, except those with an alias': async ({ functions }) => {
    await functions.addVersion(newVersion())
    assert.equal(await functions.setAlias('f', 'prod', 1), true)
    assert.equal(await functions.setAlias('f', 'prod', 7), false)
    for (let index = 2; index <= 5; index += 1)
      await functions.addVersion(newVersion({ digest: `d${index}`, keepVersions: 2 }))
    assert.deepEqual(
      (await functions.versions('f')).map(({ version }) => version),
      [5, 4, 1],
    )
    assert.deepEqual((await functions.get('f'))?.aliases, { prod: 1 })
    assert.equal(await functions.setAlias('f', 'prod', null), true)
    assert.equal(await functions.setAlias('f', 'prod', null), false)
  },
  'functions are listed by name, by tenant, in pages': async ({ functions }) => {
    for (const [name, tenant] of [
      ['c', 'a'],
      ['a', 'a'],
      ['b', 'b'],
    ] as const)
      await functions.addVersion(newVersion({ name, tenant }))
    const names = async (query: Parameters<Storage['functions']['list']>[0]): Promise<string[]> =>
      (await functions.list(query)).map(({ name }) => name)
    assert.deepEqual(await names({ limit: 10 }), ['a', 'b', 'c'])
    assert.deepEqual(await names({ tenants: ['a'], limit: 10 }), ['a', 'c'])
    assert.deepEqual(await names({ tenants: ['a', 'b'], after: 'a', limit: 1 }), ['b'])
    assert.deepEqual(await names({ tenants: [], limit: 1 }), [])
  },
  'a deleted function takes versions, aliases and schedules along': async ({ functions, schedules }) => {
    await functions.addVersion(newVersion())
    await schedules.put(schedule)
    await schedules.mark({ functionName: 'f', id: 's', dueMs: 9, outcome: 'x', skipped: true })
    assert.deepEqual(await schedules.list('f'), [{ ...schedule, lastDueMs: 9, lastOutcome: 'x', skipped: 1 }])
    assert.equal(await functions.delete('f'), true)
    assert.equal(await functions.delete('f'), false)
    assert.deepEqual(await schedules.list(), [])
    assert.deepEqual(await functions.versions('f'), [])
  },
  'tokens are found by hash, revoked once, counted while active': async ({ tokens }) => {
    await tokens.insert(token())
    await tokens.insert(token({ id: 't2', hash: hash(2), expiresAtMs: 50 }))
    await assert.rejects(() => tokens.insert(token({ id: 't3' })), { code: 'EK_STORAGE_UNAVAILABLE' })
    assert.deepEqual((await tokens.byHashPrefix('01'.repeat(8)))[0], token())
    assert.equal(await tokens.countActive(10), 2)
    assert.equal(await tokens.countActive(50), 1)
    assert.equal(await tokens.update('t1', { scopes: ['invoke'], expiresAtMs: 90 }), true)
    assert.equal(await tokens.update('t9', {}), false)
    assert.equal(await tokens.revoke('t1', 7), true)
    assert.equal(await tokens.revoke('t1', 8), false)
    await tokens.touch([{ id: 't1', atMs: 5 }])
    assert.deepEqual(await tokens.get('t1'), {
      ...token({ scopes: ['invoke'], expiresAtMs: 90, revokedAtMs: 7, lastUsedAtMs: 5 }),
    })
    await tokens.addEvents([{ tokenId: 't1', atMs: 1, action: 'created', detail: '{}' }])
    assert.equal((await tokens.events('t1', 5)).length, 1)
  },
  'a quota never grants more than its limit': async ({ usage }) => {
    const take = (wanted: number): Promise<number> => usage.take({ tokenId: 't', period: 'p', wanted, limit: 100 })
    const granted = await Promise.all(Array.from({ length: 40 }, () => take(7)))
    assert.equal(
      granted.reduce((sum, count) => sum + count, 0),
      100,
    )
    await usage.charge([{ tokenId: 't', period: 'p', runs: -3, cpuMs: 1.5 }])
    assert.equal(await take(7), 3)
    assert.deepEqual(await usage.quota('t', 'p'), { runs: 100, cpuMs: 1.5 })
    await usage.resetQuota('t', 'p')
    assert.deepEqual(await usage.quota('t', 'p'), { runs: 0, cpuMs: 0 })
  },
  'daily use adds up': async ({ usage }) => {
    const use = { tokenId: 't', day: '2026-01-02', runs: 2, failures: 1, cpuMs: 0.5, wallMs: 3 }
    await usage.addDaily([use, use])
    assert.deepEqual(await usage.daily({ tokenId: 't', from: '2026-01-01', to: '2026-01-02' }), [
      { ...use, runs: 4, failures: 2, cpuMs: 1, wallMs: 6 },
    ])
  },
  'executions are listed newest first, filtered, in pages that neither repeat nor miss': async ({ executions }) => {
    const many = Array.from({ length: 25 }, (_, index) => execution(`e${index}`, 100 + (index >> 1)))
    await executions.insert([...many, execution('other', 1, { tenant: 'b', status: 'failed', errorCode: 'X' })], [])
    const seen: string[] = []
    let after: { startedAtMs: number; id: string } | undefined
    for (;;) {
      const page = await executions.list({ tenants: ['a'], limit: 4, ...(after === undefined ? {} : { after }) })
      const last = page.at(-1)
      if (last === undefined) break
      seen.push(...page.map(({ id }) => id))
      after = last
    }
    assert.equal(seen.length, 25)
    assert.equal(new Set(seen).size, 25)
    assert.equal(seen[0], 'e24')
    assert.equal((await executions.list({ errorCode: 'X', limit: 5 }))[0]?.id, 'other')
    assert.equal((await executions.list({ sinceMs: 110, untilMs: 112, limit: 50 })).length, 4)
    assert.equal((await executions.list({ tenants: ['a', 'b'], limit: 50 })).length, 26)
    assert.equal((await executions.list({ tenants: ['b', 'nobody'], limit: 50 })).length, 1)
    assert.equal((await executions.list({ limit: 1 }))[0]?.input, null)
    assert.deepEqual(await executions.get('e3'), many[3])
  },
  'a batch of executions is all or nothing, and may be sent again': async ({ executions }) => {
    const source = { digest: 'd', language: 'js', code: 'return 1' }
    const bad = { ...execution('bad', 1), kind: null } as unknown as ExecutionRecord
    await assert.rejects(() => executions.insert([execution('e', 1), bad], []))
    assert.equal(await executions.get('e'), undefined)
    await executions.insert([execution('e', 1, { sourceDigest: 'd' })], [source])
    await executions.insert([execution('e', 1, { sourceDigest: 'd', status: 'failed' })], [source])
    assert.equal((await executions.get('e'))?.status, 'failed')
    assert.deepEqual(await executions.source('d'), source)
  },
  'retention deletes by age and by number, with the sources nobody needs': async ({ executions }) => {
    const records = Array.from({ length: 10 }, (_, index) =>
      execution(`e${index}`, index, { sourceDigest: `d${index}` }),
    )
    const sources = records.map(({ sourceDigest }) => ({ digest: sourceDigest ?? '', language: 'js', code: '1' }))
    await executions.insert(records, sources)
    assert.equal(await executions.prune({ beforeMs: 3, maxRows: 100, limit: 2 }), 2)
    assert.equal(await executions.prune({ beforeMs: 3, maxRows: 100, limit: 50 }), 1)
    assert.equal(await executions.prune({ beforeMs: 0, maxRows: 4, limit: 50 }), 3)
    assert.equal((await executions.list({ limit: 50 })).at(-1)?.id, 'e6')
    assert.equal(await executions.source('d5'), undefined)
    assert.equal((await executions.source('d6'))?.code, '1')
  },
  'a job is claimed by one, and again when its lease is over': async ({ jobs }) => {
    for (const id of ['1', '2', '3']) await jobs.enqueue(job(id))
    assert.deepEqual(await jobs.claim({ nowMs: 9, limit: 5, leaseMs: 100 }), [])
    const claims = await Promise.all([0, 1].map(() => jobs.claim({ nowMs: 10, limit: 2, leaseMs: 100 })))
    assert.deepEqual(
      claims.flat().map(({ id }) => id),
      ['1', '2', '3'],
    )
    assert.equal(await jobs.nextDueMs(), 110)
    await jobs.extend(['1'], 500)
    const again = await jobs.claim({ nowMs: 110, limit: 5, leaseMs: 100 })
    assert.deepEqual(
      again.map(({ id, attempts }) => [id, attempts]),
      [
        ['2', 2],
        ['3', 2],
      ],
    )
    const late = { id: '2', attempt: 1, status: 'succeeded' as const, answer: '{}', answerStatus: 200, nowMs: 120 }
    assert.equal(await jobs.settle(late), false)
    assert.equal(await jobs.settle({ ...late, attempt: 2 }), true)
    assert.equal((await jobs.get('2'))?.status, 'succeeded')
    assert.equal(await jobs.requeue({ id: '3', attempt: 2, attempts: 1, nextAtMs: 130 }), true)
    assert.deepEqual((await jobs.claim({ nowMs: 130, limit: 1, leaseMs: 1 }))[0]?.attempts, 2)
    assert.equal(await jobs.prune(121), 1)
  },
  'an idempotency key stands for one job, and an exclusive key for one that is not over': async ({ jobs }) => {
    const first = job('1', { idempotencyKey: 'k', exclusiveKey: 'x' })
    assert.equal((await jobs.enqueue(first)).status, 'enqueued')
    const again = await jobs.enqueue(job('2', { idempotencyKey: 'k' }))
    assert.deepEqual(again, { status: 'duplicate', job: first })
    assert.equal((await jobs.enqueue(job('3', { idempotencyKey: 'k', tenant: 'b' }))).status, 'enqueued')
    assert.equal((await jobs.enqueue(job('4', { exclusiveKey: 'x' }))).status, 'busy')
    assert.equal(await jobs.cancel('1', 5), 'queued')
    assert.equal(await jobs.cancel('1', 5), 'cancelled')
    assert.equal(await jobs.cancel('nobody', 5), undefined)
    assert.equal((await jobs.enqueue(job('4', { exclusiveKey: 'x' }))).status, 'enqueued')
  },
}

export function storageSuite(backend: string, open: () => Promise<Storage>): void {
  for (const [name, check] of Object.entries(cases)) {
    test(`${backend}: ${name}`, async () => {
      await using storage = await open()
      await check(storage)
    })
  }
}
