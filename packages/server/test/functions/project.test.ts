import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { startTestServer, until, type TestServer } from '../support/test-server.ts'

const root = mkdtempSync(join(tmpdir(), 'evenkeel-project-'))
after(() => rmSync(root, { recursive: true, force: true }))
let projectDir = ''
let count = 0
beforeEach(() => {
  projectDir = join(root, String((count += 1)))
  mkdirSync(join(projectDir, 'functions'), { recursive: true })
})

const file = (name: string, text: string): void => writeFileSync(join(projectDir, 'functions', name), text)
const serveProject = (): Promise<TestServer> => startTestServer({ projectDir, dataDir: join(projectDir, '.evenkeel') })

test('the functions of the folder are deployed at start, changed files get versions, missing ones go', async () => {
  file('add.js', 'return input.a + input.b')
  file('typed.ts', 'const n: number = input.n; return n')
  file('typed.json', JSON.stringify({ description: 'Typed', schedules: { daily: { cron: '0 0 * * *' } } }))
  {
    await using server = await serveProject()
    const invoked = await server.ask('POST', '/v1/functions/add/invoke', { body: { input: { a: 1, b: 2 } } })
    assert.equal(invoked.body.result, 3)
    const { token } = await server.token()
    assert.equal(
      (await server.ask('POST', '/v1/functions/typed/invoke', { token, body: { input: { n: 7 } } })).body.result,
      7,
    )
    assert.equal((await server.ask('GET', '/v1/functions/typed/schedules')).body.items[0].id, 'daily')
    const changed = await server.ask('PUT', '/v1/functions/add', { token, body: { code: 'return 1' } })
    assert.deepEqual([changed.status, changed.body.error.code], [409, 'EK_FUNCTION_READ_ONLY'])
  }
  file('add.js', 'return input.a - input.b')
  rmSync(join(projectDir, 'functions', 'typed.ts'))
  await using server = await serveProject()
  const list = (await server.ask('GET', '/v1/functions')).body.items as { name: string; version: number }[]
  assert.deepEqual(
    list.map(({ name, version }) => [name, version]),
    [['add', 2]],
  )
})

test('what the schedules of the folder have run is seen by operators, and by nobody else', async () => {
  file('tick.js', 'return input.n + 1')
  file('tick.json', JSON.stringify({ schedules: { often: { cron: '* * * * * *', input: { n: 1 } } } }))
  await using server = await serveProject()
  const { token } = await server.token()
  const list = async (): Promise<{ id: string; kind: string; status: string }[]> =>
    (await server.ask('GET', '/v1/executions?function=tick')).body.items
  const [execution] = await until(list, (items) => items.length > 0)
  assert.deepEqual([execution?.kind, execution?.status], ['schedule', 'succeeded'])
  const path = `/v1/executions/${execution?.id}`
  assert.equal((await server.ask('GET', path)).body.function, 'tick')
  assert.equal((await server.ask('GET', path, { token })).status, 404)
  assert.equal((await server.ask('DELETE', path, { token })).status, 404)
  assert.deepEqual((await server.ask('GET', '/v1/executions', { token })).body.items, [])
  assert.equal((await server.ask('DELETE', path)).body.error.code, 'EK_EXECUTION_OVER')
})

test('secrets come from the environment, sealed with a key that only the owner can read', async () => {
  process.env['EVENKEEL_TEST_KEY'] = 'from-the-environment'
  file('sealed.js', 'return 1')
  file('sealed.json', JSON.stringify({ secretsFromEnv: ['EVENKEEL_TEST_KEY'] }))
  await using server = await serveProject()
  assert.deepEqual((await server.ask('GET', '/v1/functions/sealed')).body.secrets, ['EVENKEEL_TEST_KEY'])
  const key = join(projectDir, '.evenkeel', 'secrets.key')
  assert.equal(statSync(key).mode & 0o777, 0o600)
  assert.match(readFileSync(key, 'utf8'), /^[0-9a-f]{64}\n$/)
})

const broken: Readonly<Record<string, readonly [files: Readonly<Record<string, string>>, says: RegExp]>> = {
  'a bad name': [{ 'Bad Name.js': 'return 1' }, /"Bad Name".*lower-case/],
  'two files of one name': [{ 'a.js': 'return 1', 'a.ts': 'return 1' }, /"a".*two files/],
  'a sidecar that is no JSON': [{ 'a.js': 'return 1', 'a.json': '{' }, /a\.json is no JSON/],
  'an unknown field': [{ 'a.js': 'return 1', 'a.json': '{"colour":1}' }, /a\.json/],
  'a secret that is not set': [
    { 'a.js': 'return 1', 'a.json': '{"secretsFromEnv":["EVENKEEL_NOT_SET"]}' },
    /EVENKEEL_NOT_SET/,
  ],
  'a schedule that is none': [{ 'a.js': 'return 1', 'a.json': '{"schedules":{"s":{"cron":"x"}}}' }, /cron/],
}
for (const [name, [files, says]] of Object.entries(broken)) {
  test(`a folder with ${name} is not served, and the message names it`, async () => {
    for (const [path, text] of Object.entries(files)) file(path, text)
    await assert.rejects(serveProject, (error: { code: string; message: string }) => {
      assert.equal(error.code, 'EK_PROJECT_FUNCTION')
      assert.match(error.message, says)
      return true
    })
  })
}
