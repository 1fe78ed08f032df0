import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../bin/evenkeel.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-run-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const app = join(folder, 'app.ts')
writeFileSync(
  app,
  `let waiting = 0
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/waiting') return Response.json(waiting)
    if (pathname === '/slow') { waiting += 1; await new Promise((resolve) => setTimeout(resolve, 800)) }
    if (pathname === '/never') { waiting += 1; await new Promise(() => {}) }
    return new Response('ok')
  },
}
`,
)

/** Runs beside all tests; the last one asks it. */
const patientRun = {
  ...start({ after }, ['run', app, '--port', '0', '--no-admin', '--json']),
  startedAtMs: performance.now(),
}

test('SIGTERM lets a hundred requests end, and exits 0', async (context) => {
  const run = start(context, ['run', app, '--port', '0', '--admin-port', '0', '--json'])
  const { url } = await run.ready
  const slow = Array.from({ length: 100 }, async () => (await fetch(`${url}/slow`)).text())
  await untilWaiting(url, 100)
  run.child.kill('SIGTERM')
  assert.deepEqual(new Set(await Promise.all(slow)), new Set(['ok']))
  assert.equal(await run.exitCode, 0)
})

test('what does not end in time is cut off, counted, and exits 1', async (context) => {
  const run = start(context, ['run', app, '--port', '0', '--no-admin', '--json', '--limit', 'drainMs=500'])
  const { url } = await run.ready
  const cut = fetch(`${url}/never`).catch(() => 'cut')
  await untilWaiting(url, 1)
  run.child.kill('SIGTERM')
  assert.equal(await cut, 'cut')
  assert.equal(await run.exitCode, 1)
  assert.match(run.output(), /1 requests did not end in time/)
})

test('reload puts new code in place, and exits 1 with file and line when it is broken', async (context) => {
  const file = join(folder, 'reloaded.ts')
  writeFileSync(file, 'export default { fetch: () => new Response("one") }')
  const run = start(context, ['run', file, '--port', '0', '--admin-port', '0', '--json'])
  const { url, adminUrl } = await run.ready
  writeFileSync(file, 'export default { fetch: () => new Response("two") }')
  const good = start(context, ['reload', '--admin-url', adminUrl])
  assert.equal(await good.exitCode, 0, good.output())
  assert.equal(await (await fetch(url)).text(), 'two')
  writeFileSync(file, 'export default {\n  fetch: ( }')
  const bad = start(context, ['reload', '--admin-url', adminUrl])
  assert.equal(await bad.exitCode, 1)
  assert.match(bad.output(), /reloaded\.ts:2:\d+.*EK_APP_LOAD/s)
  assert.equal(await (await fetch(url)).text(), 'two')
  run.child.kill('SIGINT')
  assert.equal(await run.exitCode, 0)
})

test('an admin address that others reach needs the token of the file, and reload sends it', async (context) => {
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, 'a-token-of-the-operator\n')
  const admin = ['--admin-host', '0.0.0.0', '--admin-port', '0', '--admin-token-file', tokenFile]
  const run = start(context, ['run', app, '--port', '0', ...admin, '--json'])
  const { adminUrl } = await run.ready
  const reached = adminUrl.replace('0.0.0.0', '127.0.0.1')
  const wrong = start(context, ['reload', '--admin-url', reached, '--token', 'another-token-of-nobody'])
  assert.equal(await wrong.exitCode, 1)
  assert.match(wrong.output(), /EK_TOKEN_INVALID/)
  const right = start(context, ['reload', '--admin-url', reached, '--token', 'a-token-of-the-operator'])
  assert.equal(await right.exitCode, 0, right.output())
})

test('an app on a Unix socket', async (context) => {
  const path = join(folder, 'app.sock')
  const run = start(context, ['run', app, '--unix', path, '--no-admin', '--json'])
  await run.ready
  const [response] = (await once(request({ socketPath: path, path: '/' }).end(), 'response')) as [
    NodeJS.ReadableStream & { statusCode: number },
  ]
  assert.equal(response.statusCode, 200)
  response.resume()
  run.child.kill('SIGTERM')
  assert.equal(await run.exitCode, 0)
})

test('variables of a file, a data folder of its own, and a bundle behave as the app does', async (context) => {
  const project = mkdtempSync(join(folder, 'project-'))
  const file = join(project, 'app.ts')
  const dataDir = join(project, 'data')
  writeFileSync(
    file,
    `import { suffix } from './lib.ts'
export default {
  bindings: { HITS: { type: 'counter' }, TOKEN: { type: 'secret', fromEnv: 'API_TOKEN' } },
  async fetch(_request: Request, env: any): Promise<Response> {
    if (new URL(_request.url).pathname === '/throw') throw new Error('from the source')
    return Response.json([env.GREETING + suffix, env.TOKEN, await env.HITS.increment('all'), process.env.EVENKEEL_PORT ?? null])
  },
}
`,
  )
  writeFileSync(join(project, 'lib.ts'), 'export const suffix: string = "!"')
  const envFile = join(project, '.env')
  writeFileSync(envFile, '# of the app\nGREETING="hello there"\nAPI_TOKEN=secret\n')
  const bundled = join(project, 'out', 'app.js')
  const bundle = start(context, ['bundle', file, '--output', bundled])
  assert.equal(await bundle.exitCode, 0, bundle.output())
  for (const [index, each] of [file, bundled].entries()) {
    const flags = ['--port', '0', '--no-admin', '--json', '--env-file', envFile, '--data-dir', dataDir]
    const run = start(context, ['run', each, ...flags])
    const { url } = await run.ready
    assert.deepEqual(await (await fetch(url)).json(), ['hello there!', 'secret', index + 1, null])
    assert.equal((await fetch(`${url}/throw`)).status, 500)
    run.child.kill('SIGTERM')
    assert.equal(await run.exitCode, 0)
    assert.match(run.output(), /Error: from the source[^]*app\.ts:5:/)
  }
  assert.deepEqual(readdirSync(dataDir).includes('shared.sqlite'), true)
  const missing = start(context, ['run', file, '--no-admin', '--env-file', join(project, 'no.env')])
  // Node reads this flag of every command line itself, and ends with 9.
  assert.equal(await missing.exitCode, 9)
  assert.match(missing.output(), /no\.env: not found/)
})

test('--no-slow-lane leaves long requests where their connections are', async (context) => {
  const file = join(folder, 'long.ts')
  writeFileSync(
    file,
    `export default {
  fetch(): Response {
    const untilUs = process.threadCpuUsage().user + 30_000
    while (process.threadCpuUsage().user < untilUs);
    return new Response('ok')
  },
}
`,
  )
  const flags = ['--instances', '2', '--port', '0', '--admin-port', '0', '--json']
  const told = /"GET \/" compute for long: such requests get runtimes of their own/
  const withLane = start(context, ['run', file, ...flags])
  const { url } = await withLane.ready
  await untilSo(async () => {
    await (await fetch(url)).text()
    return told.test(withLane.output())
  })
  withLane.child.kill('SIGTERM')
  assert.equal(await withLane.exitCode, 0)
  const without = start(context, ['run', file, ...flags, '--no-slow-lane'])
  const { url: plainUrl, adminUrl } = await without.ready
  // Two that one of the runtimes answers would do.
  for (let count = 0; count < 6; count += 1) await (await fetch(plainUrl)).text()
  // What a runtime has found it says before its counts.
  await (await fetch(`${adminUrl}/metrics`)).text()
  without.child.kill('SIGTERM')
  assert.equal(await without.exitCode, 0)
  assert.doesNotMatch(without.output(), /runtimes of their own/)
})

test('a used port is one line and exit 1', async (context) => {
  const blocker = createServer().listen(0, '127.0.0.1')
  context.after(() => blocker.close())
  await once(blocker, 'listening')
  const { port } = blocker.address() as { port: number }
  const run = start(context, ['run', app, '--port', String(port), '--no-admin'])
  assert.equal(await run.exitCode, 1)
  assert.match(run.output(), new RegExp(`^evenkeel: port ${port} on 127.0.0.1 is in use \\(EK_PORT_TAKEN\\)`))
})

const usages: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
  [['run'], 2, /missing required argument 'file'/],
  [['run', '/no/such/app.ts', '--no-admin'], 1, /the app "\/no\/such\/app\.ts" does not exist \(EK_APP_LOAD\)/],
  [['run', app, '--limit', 'memory=1'], 1, /an app has no limit "memory" \(EK_CONFIG_INVALID\)/],
  [['run', app, '--instances', '4096', '--no-admin'], 1, /"instances" must be "auto" or a whole number from 1 to \d+/],
  [['run', app, '--tls-cert', 'x.pem'], 2, /belong together/],
  [
    ['run', app, '--admin-host', '0.0.0.0'],
    1,
    /"0\.0\.0\.0" can be reached from other machines.*EK_PUBLIC_WITHOUT_TOKENS/,
  ],
  [['run', '--help'], 0, /Examples:/],
  [['run', folder, '--watch'], 2, /--watch is for apps/],
  [['run', folder, '--no-admin'], 1, /there is no folder "pages".*EK_PAGES_BUILD/],
]
for (const [args, code, says] of usages) {
  test(`evenkeel ${args.join(' ').replace(folder, '')} exits ${code}`, async (context) => {
    const run = start(context, args)
    assert.equal(await run.exitCode, code)
    assert.match(run.output(), says)
  })
}

test('an app that nobody asks for anything is there after more than a minute', async () => {
  const { url } = await patientRun.ready
  // Only time can tell: what ends by itself does so after a minute.
  await new Promise((resolve) => setTimeout(resolve, 75_000 - (performance.now() - patientRun.startedAtMs)))
  assert.equal(await (await fetch(url)).text(), 'ok')
})

interface Run {
  readonly child: ChildProcess
  readonly exitCode: Promise<number | null>
  readonly ready: Promise<{ readonly url: string; readonly adminUrl: string }>
  output(): string
}

function start(context: { after(end: () => void): void }, args: readonly string[]): Run {
  const child = spawn(process.execPath, ['--conditions=@evenkeel/source', bin, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  context.after(() => void child.kill('SIGKILL'))
  let output = ''
  const exitCode = once(child, 'close').then(([code]) => code as number | null)
  const ready = new Promise<{ url: string; adminUrl: string }>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (/^\{.*\}\n/.test(output))
          resolve(JSON.parse(output.split('\n')[0] ?? '') as { url: string; adminUrl: string })
      })
    }
    void exitCode.then(() => reject(new Error(`it ended before it was ready: ${output}`)))
  })
  ready.catch(() => undefined)
  return { child, exitCode, ready, output: () => output }
}

/** Asks until so many requests are in the app. */
function untilWaiting(url: string, count: number): Promise<void> {
  return untilSo(async () => ((await (await fetch(`${url}/waiting`)).json()) as number) >= count)
}

/** Asks until it is so; each question is a round trip. */
async function untilSo(ask: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 30_000
  while (!(await ask())) {
    if (performance.now() > untilMs) throw new Error('what was waited for did not come')
  }
}
