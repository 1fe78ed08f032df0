import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { loadScript, runLoad } from '../../src/index.ts'
import type { LabResult } from '../../src/result.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { SimulatedNetwork, type SentRequest, type SimulatedAnswer } from '../support/simulated-network.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

const head = `config:
  target: 'http://localhost:3000'
  http:
    timeout: 20
`
const misplaced = `phases:
  - { duration: 240, arrivalCount: 8, name: "Warm-up" }
  - { duration: 240, arrivalCount: 24 }
  - { duration: 240, arrivalCount: 48 }
  - { duration: 600, arrivalCount: 150 }
  - { duration: 240, arrivalCount: 48 }
  - { duration: 240, arrivalCount: 24 }
processor: "./processor.js"
payload:
  path: './payload.csv'
  fields:
    - 'email'
    - 'password'
`
const scenarios = `scenarios:
  - name: '사용자 흐름'
    flow:
      - post: { url: '/signup', json: { email: '{{ email }}', password: '{{ password }}' } }
      - post:
          url: '/login'
          json: { email: '{{ email }}', password: '{{ password }}' }
          capture: { json: '$.data.token', as: 'token' }
      - get: { url: '/user/info', headers: { Authorization: 'Bearer {{ token }}' } }
`
const indented = (text: string): string => text.replaceAll(/^/gm, '  ').trimEnd()

/** The keys where the language wants them, and where the talk prints them. */
const moved = `${head}${indented(misplaced)}\n    order: 'sequence'\n${scenarios}`
const printed = `${head}${misplaced}order: 'sequence'\n${scenarios}`

/** The authentication API of the talk, as far as its script sees it. */
function authApi(): (request: SentRequest) => SimulatedAnswer {
  const accounts = new Map<string, string>()
  return ({ path, body, headers }) => {
    const delayMs = 40
    if (path === '/user/info') {
      const known = String(headers['authorization']).startsWith('Bearer token-of-')
      return { delayMs, statusCode: known ? 200 : 401 }
    }
    const { email, password } = JSON.parse(body) as { email: string; password: string }
    if (path === '/signup') {
      if (accounts.has(email)) return { delayMs, statusCode: 409 }
      accounts.set(email, password)
      return { delayMs, statusCode: 201 }
    }
    const right = accounts.get(email) === password
    return { delayMs, statusCode: right ? 200 : 401, json: { data: { token: `token-of-${email}` } } }
  }
}

function runTalk(text = moved): Promise<{ result: LabResult; sent: readonly SentRequest[] }> {
  return inTemporaryFolder(async (folder) => {
    const rows = Array.from({ length: 302 }, (_, row) => `user-${row}@example.com,0${row}\n`)
    await writeFile(join(folder, 'payload.csv'), rows.join(''))
    await writeFile(join(folder, 'processor.js'), 'module.exports = {}\n')
    await writeFile(join(folder, 'load.yml'), text)
    const clock = new FakeClock()
    const network = new SimulatedNetwork(clock, authApi())
    const script = await loadScript(join(folder, 'load.yml'))
    const result = await clock.runUntil(runLoad({ plan: { kind: 'script', script }, clock, transport: network }))
    return { result, sent: network.sent }
  })
}

suite("the talk's script", () => {
  test('302 users send 906 requests in 1,800 s, and all are answered as planned', async () => {
    const { result, sent } = await runTalk()
    assert.equal(result.status, 'complete')
    assert.equal(result.meta.durationMs, 1_800_120)
    assert.deepEqual(result.users, {
      intended: 302,
      created: 302,
      completed: 302,
      failed: 0,
      skipped: 0,
      interrupted: 0,
    })
    assert.deepEqual(result.codes, { 200: 604, 201: 302 })
    assert.deepEqual(result.errors, [])
    assert.equal(sent.length, 906)
    assert.equal(result.counters['vusers.created_by_name.사용자 흐름'], 302)
    assert.deepEqual(
      result.phases.map((phase) => [phase.startMs, phase.intendedArrivals, phase.arrivals, phase.skipped, phase.late]),
      [
        [0, 8, 8, 0, 0],
        [240_000, 24, 24, 0, 0],
        [480_000, 48, 48, 0, 0],
        [720_000, 150, 150, 0, 0],
        [1_320_000, 48, 48, 0, 0],
        [1_560_000, 24, 24, 0, 0],
      ],
    )
  })

  test('as the talk prints it: the same load, and a warning for each key that stands in the wrong place', async () => {
    const { result, sent } = await runTalk(printed)
    assert.equal(result.users.completed, 302)
    assert.deepEqual(result.codes, { 200: 604, 201: 302 })
    assert.equal(sent.length, 906)
    for (const key of ['phases', 'processor', 'payload', 'order'])
      assert.ok(
        result.warnings.some((warning) => warning.startsWith(`"${key}"`) && /\(line \d+\)$/.test(warning)),
        key,
      )
  })

  test('24 users in 240 s start every ten seconds, on time', async () => {
    const { sent } = await runTalk()
    const starts = sent.filter(({ path }) => path === '/signup').map(({ atMs }) => atMs)
    assert.deepEqual(
      starts.slice(8, 32),
      Array.from({ length: 24 }, (_, index) => 240_000 + (index + 1) * 10_000),
    )
  })

  test('the series holds every request and answer, second by second', async () => {
    const { result } = await runTalk()
    const { bins, binMs } = result.series
    assert.equal(binMs, 1000)
    const sum = (read: (bin: (typeof bins)[number]) => number): number =>
      bins.reduce((total, bin) => total + read(bin), 0)
    assert.equal(
      sum((bin) => bin.arrivals),
      302,
    )
    assert.equal(
      sum((bin) => bin.intended),
      302,
    )
    assert.equal(
      sum((bin) => bin.requests),
      906,
    )
    assert.equal(
      sum((bin) => bin.responses),
      906,
    )
    assert.equal(
      sum((bin) => bin.latency.count),
      906,
    )
    assert.equal(
      sum((bin) => bin.completed),
      302,
    )
  })

  test('latency counts from the plan: 40 ms each, the session 120 ms', async () => {
    const { result } = await runTalk()
    assert.equal(result.latency.latency.min, 40_000)
    assert.equal(result.latency.latency.max, 40_000)
    assert.equal(result.scenarios[0]?.session.max, 120_000)
    assert.equal(result.endpoints.length, 3)
  })
})
