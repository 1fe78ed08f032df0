import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../bin/evenkeel.js', import.meta.url))
const data = mkdtempSync(join(tmpdir(), 'evenkeel-serve-'))
after(() => rmSync(data, { recursive: true, force: true }))
const demo = fileURLToPath(new URL('../../../examples/demo/', import.meta.url))

test('serve prints the address of a page and two curl lines that work, and Ctrl-C ends it with 0', async () => {
  const run = start(['serve', demo, '--port', '0', '--admin-port', '0'])
  await run.until('Ctrl-C stops.')
  const [, page = ''] = /Pages, in a browser:\s+(\S+)/.exec(run.output()) ?? assert.fail(run.output())
  assert.match(await (await fetch(page)).text(), /<div id="root">/)
  const curls = run.output().match(/curl .*/g) ?? assert.fail(run.output())
  assert.equal(curls.length, 2)
  assert.deepEqual(((await pasted(curls[0] ?? '')) as { result: unknown }).result, [2, 4, 6])
  assert.equal(((await pasted(curls[1] ?? '')) as { error: { type: string } }).error.type, 'TimeoutError')
  run.child.kill('SIGINT')
  assert.equal(await run.exitCode, 0)
})

test('a running block may end after SIGTERM', async () => {
  const run = start(['serve', demo, '--port', '0', '--admin-port', '0', '--json'])
  await run.until('\n')
  const { url } = JSON.parse(run.output()) as { url: string }
  const answer = post(
    `${url}/v1/run`,
    '{"code":"console.log(1); await new Promise((r) => setTimeout(r, 400)); return \\"ended\\""}',
  )
  await untilRunning(run.adminUrl())
  run.child.kill('SIGTERM')
  assert.equal(((await answer) as { result: unknown }).result, 'ended')
  assert.equal(await run.exitCode, 0)
})

test('a used port is one line and exit 1', async () => {
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  const { port } = blocker.address() as { port: number }
  const run = start(['serve', demo, '--port', String(port), '--admin-port', '0'])
  assert.equal(await run.exitCode, 1)
  assert.match(
    run.output(),
    new RegExp(`^evenkeel: port ${port} on 127.0.0.1 is in use \\(EK_PORT_TAKEN\\)\\n {2}Stop the other program`),
  )
  blocker.close()
})

const usages: readonly { readonly args: readonly string[]; readonly code: number; readonly says: RegExp }[] = [
  { args: ['serve', '--port', 'abc'], code: 2, says: /must be a number from 0 to 65535/ },
  { args: ['serve', '--prot', '1'], code: 2, says: /unknown option '--prot'/ },
  { args: ['sevre'], code: 2, says: /unknown command 'sevre'/ },
  {
    args: ['serve', '/no/such/folder'],
    code: 1,
    says: /the folder "\/no\/such\/folder" does not exist \(EK_CONFIG_UNREADABLE\)/,
  },
  { args: ['serve', demo, '--host', '0.0.0.0'], code: 1, says: /EK_PUBLIC_WITHOUT_TOKENS/ },
  { args: ['--version'], code: 0, says: /^\d+\.\d+\.\d+\n$/ },
  { args: ['serve', '--help'], code: 0, says: /Example:/ },
  { args: ['lab', '--help'], code: 0, says: /Usage: evenkeel lab/ },
  { args: ['lab', 'quick'], code: 2, says: /missing required argument/ },
]
for (const { args, code, says } of usages) {
  test(`evenkeel ${args.join(' ').replace(demo, 'demo')} exits ${code}`, async () => {
    const run = start(args)
    assert.equal(await run.exitCode, code)
    assert.match(run.output(), says)
  })
}

interface Run {
  readonly child: ChildProcess
  readonly exitCode: Promise<number | null>
  output(): string
  adminUrl(): string
  until(text: string): Promise<void>
}

function start(args: readonly string[]): Run {
  const child = spawn(process.execPath, ['--conditions=@evenkeel/source', bin, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, EVENKEEL_DATA_DIR: data },
  })
  let output = ''
  const waiters = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      for (const waiter of waiters) waiter()
    })
  }
  const exitCode = once(child, 'close').then(([code]) => code as number | null)
  const until = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (output.includes(text)) resolve()
      }
      waiters.add(check)
      check()
      void exitCode.then(() => reject(new Error(`ended before it printed ${JSON.stringify(text)}: ${output}`)))
    })
  const adminUrl = (): string => (JSON.parse(output) as { adminUrl: string }).adminUrl
  return { child, exitCode, output: () => output, adminUrl, until }
}

/** What the shell would do with a printed curl line. */
async function pasted(line: string): Promise<unknown> {
  const [, url = '', body = ''] =
    /curl -sS (\S+) -H 'content-type: application\/json' -d '(.*)'$/.exec(line) ?? assert.fail(line)
  return post(url, body)
}

async function post(url: string, body: string): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return response.json()
}

/** Asks until the pool says that something runs; each question is a round trip, so this neither sleeps nor guesses. */
async function untilRunning(adminUrl: string): Promise<void> {
  for (;;) {
    const ready = (await (await fetch(`${adminUrl}/ready`)).json()) as { pool: { inFlight: number } }
    if (ready.pool.inFlight > 0) return
  }
}
