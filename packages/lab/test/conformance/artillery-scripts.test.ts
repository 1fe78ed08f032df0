/**
 * Scripts of Artillery's own test suite, read from a copy of its repository at test time (`EVENKEEL_ARTILLERY_SOURCE` is its folder): they
 * are under another licence and no part of this one. Expected are the users, requests and codes that Artillery's semantics give.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { loadScript, runLoad, type LoadScriptOptions } from '../../src/index.ts'
import type { LabResult } from '../../src/result.ts'
import { startPetsServer } from './pets-server.ts'

interface Expected {
  readonly users: number
  readonly skipped?: number
  readonly requests?: number
  readonly codes?: Readonly<Record<string, number>>
  readonly failed?: number
  readonly errors?: Readonly<Record<string, number>>
}

type Row = readonly [script: string, expected: Expected, options?: LoadScriptOptions]

const rows: readonly Row[] = [
  ['core/scripts/hello.json', { users: 10, requests: 20, codes: { 200: 10, 201: 10 } }],
  ['core/scripts/arrival_phases.json', { users: 60, requests: 60, codes: { 200: 60 } }],
  ['core/scripts/arrival_phases_time_format.json', { users: 61, requests: 61, codes: { 200: 61 } }],
  ['core/scripts/multiple_phases.json', { users: 50, requests: 50, codes: { 404: 50 } }],
  ['core/scripts/concurrent_requests_arrival_count.json', { users: 1, skipped: 999, requests: 1 }],
  ['core/scripts/concurrent_requests_arrival_rate.json', { users: 1, skipped: 999, requests: 1 }],
  ['core/scripts/concurrent_requests_ramp_to.json', { users: 1, skipped: 1499, requests: 1 }],
  ['core/scripts/before_test.json', { users: 10, requests: 10, codes: { 200: 10 } }],
  ['core/scripts/after_test.json', { users: 1, requests: 1, codes: { 201: 1 } }],
  ['core/scripts/config_variables.json', { users: 10, requests: 10 }],
  ['core/scripts/cookies.json', { users: 10, requests: 20, codes: { 200: 20 } }],
  ['core/scripts/defaults_cookies.json', { users: 10, requests: 10, codes: { 200: 10 } }],
  ['core/scripts/no_defaults_cookies.json', { users: 10, requests: 10, codes: { 200: 10 } }],
  [
    'core/scripts/cookies_malformed_response.json',
    { users: 10, requests: 10, codes: { 200: 10 }, errors: { cookie_parse_error_invalid_cookie: 10 } },
  ],
  ['core/scripts/hello_basic_auth.json', { users: 10, requests: 30, codes: { 200: 20, 401: 10 } }],
  ['core/scripts/hello_environments.json', { users: 20, requests: 20, codes: { 200: 20 } }, { environment: 'staging' }],
  ['core/scripts/loop.json', { users: 10, requests: 100, codes: { 200: 100 } }],
  ['core/scripts/loop_range.json', { users: 10, requests: 60, codes: { 200: 60 } }],
  ['core/scripts/loop_nested_range.json', { users: 10, requests: 60, codes: { 200: 60 } }],
  ['core/scripts/parallel.json', { users: 10, requests: 40, codes: { 200: 40 } }],
  ['core/scripts/generators_http.json', { users: 10, requests: 10, codes: { 201: 10 } }],
  ['core/scripts/multiple_payloads.json', { users: 50, requests: 150, codes: { 200: 50, 201: 50, 404: 50 } }],
  ['scripts/single_payload_options.json', { users: 20, requests: 40, codes: { 201: 20, 404: 20 } }],
  ['scripts/single_payload_object.json', { users: 20, requests: 40, codes: { 201: 20, 404: 20 } }],
  ['scripts/environments.yaml', { users: 10, requests: 10 }, { environment: 'production' }],
  ['scripts/http/simple_function.json', { users: 1, requests: 0 }],
  ['scripts/http/async_function.json', { users: 1, requests: 0 }],
  ['scripts/http/undefined_function.json', { users: 1, errors: { 'Undefined function "undefinedFunction"': 1 } }],
  ['scripts/http/error_code_function.json', { users: 1, failed: 1 }],
  ['scripts/http/error_message_function.json', { users: 1, failed: 1 }],
  ['scripts/scenario-with-parallel/scenario.yml', { users: 2, requests: 6 }],
]

const source = process.env['EVENKEEL_ARTILLERY_SOURCE']
const folder = join(source ?? '', 'packages', 'artillery', 'test')
const skip =
  source === undefined || !existsSync(folder) ? 'EVENKEEL_ARTILLERY_SOURCE names no copy of the repository' : false

suite("scripts of Artillery's test suite", { skip }, () => {
  for (const [script, expected, options] of rows)
    test(script, async () => {
      await using server = await startPetsServer()
      const loaded = await loadScript(join(folder, script), { target: server.url, timeScale: 10, ...options })
      assertOutcome(await runLoad({ plan: { kind: 'script', script: loaded } }), expected)
    })

  test('scripts/ramp.json and its regression have the counts of the original', async () => {
    for (const [name, users] of [
      ['scripts/ramp.json', 7],
      ['scripts/ramp-regression-1682.json', 10],
    ] as const) {
      await using server = await startPetsServer()
      const script = await loadScript(join(folder, name), { target: server.url })
      assert.equal((await runLoad({ plan: { kind: 'script', script } })).users.created, users)
    }
  })
})

function assertOutcome(result: LabResult, expected: Expected): void {
  const { users, requests, codes } = result
  assert.equal(users.created, expected.users)
  assert.equal(users.skipped, expected.skipped ?? 0)
  assert.equal(users.failed, expected.failed ?? 0)
  assert.equal(users.completed, expected.users - (expected.failed ?? 0))
  if (expected.requests !== undefined) assert.equal(requests.sent, expected.requests)
  if (expected.codes !== undefined) assert.deepEqual(codes, expected.codes)
  const errors = Object.fromEntries(result.errors.map(({ code, count }) => [code, count]))
  if (expected.failed === undefined) assert.deepEqual(errors, expected.errors ?? {})
}
