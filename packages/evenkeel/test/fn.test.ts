import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serve, type RunningServer } from '@evenkeel/server'

const bin = fileURLToPath(new URL('../bin/evenkeel.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-cli-'))
const dataDir = join(folder, '.evenkeel')
let server: RunningServer
before(async () => {
  mkdirSync(join(folder, 'functions'))
  server = await serve({ port: 0, adminPort: 0, dataDir, allowAnonymous: false })
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function evenkeel(
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=@evenkeel/source', bin, ...args], {
    cwd: folder,
    env: { ...process.env, ...options.env },
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  child.stdin.end(options.input ?? '')
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })))
}

test('a token is created on the store, used to deploy and call, listed, and revoked', async () => {
  const limits = ['--rate', '100/60s', '--quota', '1000/month', '--concurrency', '5']
  const created = await evenkeel(['token', 'create', 'ci', ...limits, '--json'])
  assert.equal(created.code, 0, created.err)
  const { token, id, limits: kept } = JSON.parse(created.out) as { token: string; id: string; limits: unknown }
  assert.deepEqual(kept, {
    rate: { runs: 100, windowMs: 60_000 },
    concurrency: 5,
    quota: { runs: 1_000, period: 'month' },
  })
  const env = { EVENKEEL_URL: server.url, EVENKEEL_TOKEN: token, API_KEY: 'very-secret' }
  writeFileSync(join(folder, 'hello.js'), 'console.log("greeting"); return `Hello ${input.name}`')
  const deployed = await evenkeel(
    ['fn', 'deploy', 'hello.js', '--env', 'A=b=c', '--secret', 'API_KEY', '--alias', 'prod'],
    { env },
  )
  assert.deepEqual([deployed.code, deployed.out], [0, 'hello: stored as version 1\n'], deployed.err)
  const invoked = await evenkeel(['fn', 'invoke', 'hello', '--input', '{"name":"Ada"}', '--at', 'prod'], { env })
  assert.deepEqual([invoked.code, invoked.out, invoked.err], [0, '"Hello Ada"\n', 'log: greeting\n'])
  const started = await evenkeel(['fn', 'invoke', 'hello', '--async'], { env })
  assert.match(started.out, /^[0-9a-f-]{36}\n$/)
  assert.match((await evenkeel(['fn', 'list'], { env })).out, /^NAME +VERSION .*\nhello +1 /)
  assert.match((await evenkeel(['fn', 'versions', 'hello'], { env })).out, /\* 1 .* prod/)
  assert.match((await evenkeel(['fn', 'logs', 'hello'], { env })).out, /succeeded .*\n {2}log: greeting/)
  assert.equal((await evenkeel(['fn', 'rollback', 'hello', '1'], { env })).out, 'hello is at version 1\n')
  const missing = await evenkeel(['fn', 'invoke', 'nobody'], { env })
  assert.deepEqual(
    [missing.code, missing.err],
    [1, 'evenkeel: there is no function "nobody" (EK_FUNCTION_NOT_FOUND)\n'],
  )
  const list = await evenkeel(['token', 'list'])
  assert.ok(list.out.includes(id) && !list.out.includes(token))
  const settings = [
    '--wall-ms',
    '900',
    '--memory-mb',
    '64',
    '--freshness',
    'isolate',
    '--egress',
    'a.example',
    '--webhook',
  ]
  assert.equal((await evenkeel(['fn', 'deploy', 'hello.js', ...settings], { env })).code, 0)
  const shown = await fetch(`${server.url}/v1/functions/hello`, { headers: { authorization: `Bearer ${token}` } })
  const { limits: stored, freshness, egress, webhook } = (await shown.json()) as Record<string, unknown>
  assert.deepEqual(
    [stored, freshness, egress, webhook],
    [{ wallMs: 900, memoryMb: 64 }, 'isolate', ['a.example'], { public: true, rawBody: false }],
  )
  const revoked = await evenkeel(['token', 'revoke', id, '--admin-url', server.adminUrl])
  assert.equal(revoked.out, `${id} (ci) is revoked\n`)
  assert.match((await evenkeel(['fn', 'list'], { env })).err, /EK_TOKEN_INVALID/)
})

test('a token of another service is taken over from standard input', async () => {
  const secret = `flow_${'0f'.repeat(32)}`
  const { code, out } = await evenkeel(['token', 'create', 'old', '--import', '--json'], { input: `${secret}\n` })
  assert.equal(code, 0)
  assert.equal((JSON.parse(out) as { token: string }).token, secret)
})

const failures: readonly [args: readonly string[], code: number, says: RegExp][] = [
  [['fn', 'invoke', 'f', '--input', '{'], 2, /must be JSON/],
  [
    ['fn', 'deploy', 'none.js'],
    2,
    /^error: .*'none\.js' is invalid for argument 'file'\. It cannot be read: ENOENT(?!.*\n +at )/,
  ],
  [['fn', 'rollback', 'f', 'x'], 2, /whole number/],
  [['fn', 'list', '--url', 'http://127.0.0.1:1'], 1, /cannot be reached.*EK_CLIENT_UNREACHABLE/],
  [['token', 'create', 'x', '--rate', 'fast'], 2, /600\/60s/],
  [['token', 'create', 'x', '--scope', 'root'], 2, /It must be one of run, invoke/],
  [['token', 'revoke', 'tok_none'], 1, /EK_TOKEN_NOT_FOUND/],
  [['token', 'list', '--admin-url', 'http://127.0.0.1:1'], 1, /EK_UNAVAILABLE/],
]
for (const [args, code, says] of failures) {
  test(`evenkeel ${args.join(' ')} exits ${code}`, async () => {
    const ended = await evenkeel(args)
    assert.equal(ended.code, code, ended.err)
    assert.match(ended.err, says)
  })
}
