import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createPool, type HostOutput, type HostReply, type Pool } from '@evenkeel/pool'
import { processEngine } from '@evenkeel/pool/process'
import { outputOf, processPool, request } from '../support/process-pool.ts'

test('functions get their input, keep their module, and answer with JSON or bytes', async () => {
  await using pool = await processPool({ options: { theme: 'dark' } })
  assert.equal(await outputOf(pool, 'count'), 1)
  assert.equal(await outputOf(pool, 'count'), 2)
  assert.deepEqual(await outputOf(pool, 'options'), { theme: 'dark' })
  const { outcome } = await pool.run(request('render', { input: '{"title":"ü"}' }))
  assert.ok(outcome.status === 'ok')
  assert.equal(Buffer.from(outcome.output).toString(), '<h1>ü</h1>')
})

test('the environment is empty unless it is given', async () => {
  await using empty = await processPool()
  assert.deepEqual(((await outputOf(empty, 'state')) as { env: string[] }).env, [])
  await using given = await processPool({ env: { NODE_ENV: 'production' } })
  assert.deepEqual(((await outputOf(given, 'state')) as { env: string[] }).env, ['NODE_ENV'])
})

test('an answer may allow one more call of a name, which does not count', async () => {
  await using pool = await processPool()
  const none = new Uint8Array(0)
  const onCall = async ({ name }: { name: string }): Promise<HostReply> =>
    name === 'open' ? { meta: null, body: none, followUp: 'read' } : { meta: null, body: none }
  const asked = async (...names: string[]): Promise<unknown> =>
    outputOf(pool, 'callsOf', { input: JSON.stringify(names), onCall })
  // The limit is two.
  assert.deepEqual(await asked('open', 'read', 'other'), ['answered', 'answered', 'answered'])
  assert.deepEqual(await asked('open', 'read', 'read', 'read'), [
    'answered',
    'answered',
    'answered',
    'EK_POOL_CALL_LIMIT',
  ])
  assert.deepEqual(await asked('open', 'other', 'other'), ['answered', 'answered', 'EK_POOL_CALL_LIMIT'])
  assert.deepEqual(await asked('read', 'read', 'read'), ['answered', 'answered', 'EK_POOL_CALL_LIMIT'])
})

const failures: readonly [exported: string, error: object][] = [
  ['throws', { kind: 'thrown', type: 'RangeError', message: 'no such page' }],
  ['rejects', { kind: 'thrown', type: 'TypeError', message: 'rejected' }],
  ['cycle', { kind: 'result', type: 'ValidationError' }],
  ['missing', { kind: 'thrown', type: 'TypeError', message: 'The program has no function "missing"' }],
]
test('what a program throws is its own error and costs no host', async () => {
  await using pool = await processPool()
  const pids = pool.hostPids()
  for (const [exported, expected] of failures) {
    const { outcome } = await pool.run(request(exported))
    assert.ok(outcome.status === 'failed', exported)
    assert.partialDeepStrictEqual(outcome.error, expected)
  }
  const { outcome } = await pool.run(request('throws'))
  assert.ok(outcome.status === 'failed' && outcome.error.stack?.includes('program.ts'))
  assert.equal(typeof outcome.error.line, 'number')
  assert.deepEqual(pool.hostPids(), pids)
})

test('many wait in one host at a time, no more than the concurrency', async () => {
  await using pool = await processPool({ concurrency: 3 })
  const controller = new AbortController()
  const waiting = Array.from({ length: 4 }, () => pool.run(request('untilAborted', { signal: controller.signal })))
  assert.equal(pool.stats().inFlight, 3)
  assert.equal(pool.stats().queued, 1)
  controller.abort()
  await Promise.all(waiting)
})

test('the soft limit aborts the signal, and a program that listens still answers', async () => {
  await using pool = await processPool({ softLimitShare: 0.01 })
  assert.equal(await outputOf(pool, 'untilAborted', { wallMs: 20_000 }), 'TimeoutError')
})

test('a program that throws because of its signal ended at the limit, not by its own error', async () => {
  await using pool = await processPool({ softLimitShare: 0.01 })
  const { outcome } = await pool.run(request('givesUp', { wallMs: 20_000 }))
  assert.ok(outcome.status === 'ended' && outcome.reason === 'wall', JSON.stringify(outcome))
})

test('a program that does not listen ends at the wall limit, and its host lives on', async () => {
  await using pool = await processPool()
  const pids = pool.hostPids()
  const { outcome } = await pool.run(request('deaf', { wallMs: 100 }))
  assert.ok(outcome.status === 'ended' && outcome.reason === 'wall')
  assert.deepEqual(pool.hostPids(), pids)
})

test('a blocked event loop is killed by the supervisor, and the next run is answered', async () => {
  await using pool = await processPool({}, { killGraceMs: 50 })
  const { outcome } = await pool.run(request('block', { wallMs: 200 }))
  assert.ok(outcome.status === 'ended' && outcome.reason === 'wall')
  assert.equal(await outputOf(pool, 'count'), 1)
})

test('a run that reaches a host which is about to end is answered by another', async () => {
  await using pool = await processPool({}, { spares: 1 })
  assert.equal(await outputOf(pool, 'throwsLater'), 'ok')
  // Too busy to hear that the host has thrown: the next run is sent to it.
  block(10)
  const rested = outputOf(pool, 'nap')
  await Promise.resolve()
  block(30)
  assert.equal(await rested, 'rested')
})

test('an output over its limit is refused', async () => {
  await using pool = await processPool()
  const { outcome } = await pool.run(request('state', { outputBytes: 5 }))
  assert.ok(outcome.status === 'ended' && outcome.reason === 'output')
})

test('what the program prints is told with its host', async () => {
  const printed: HostOutput[] = []
  const both = Promise.withResolvers<void>()
  const onHostOutput = (output: HostOutput): void => {
    printed.push(output)
    if (new Set(printed.map(({ stream }) => stream)).size === 2) both.resolve()
  }
  await using pool = await processPool({}, { onHostOutput })
  await outputOf(pool, 'print')
  await both.promise
  assert.deepEqual(linesOf(printed, 'stdout'), ['printed to stdout'])
  assert.deepEqual(linesOf(printed, 'stderr'), ['printed to stderr'])
  assert.equal(printed[0]?.pid, pool.hostPids()[0])
})

test('a flood of output is cut, counted, and blocks nobody', async () => {
  let chars = 0
  let dropped = 0
  const enough = Promise.withResolvers<void>()
  const onHostOutput = (output: HostOutput): void => {
    chars += output.lines.join('').length
    dropped += output.droppedChars
    if (dropped > 0) enough.resolve()
  }
  await using pool = await processPool({}, { onHostOutput })
  for (let flood = 0; flood < 3; flood += 1) await outputOf(pool, 'flood')
  await enough.promise
  assert.ok(chars < 6_000_000, `${chars} characters passed`)
})

test('with logs of invocations, the console of a run is in its report', async () => {
  await using pool = await processPool({ logs: 'invocation' })
  const report = await pool.run(request('print'))
  assert.deepEqual(
    report.logs.map(({ level, message }) => [level, message]),
    [
      ['log', 'printed to stdout'],
      ['error', 'printed to stderr'],
    ],
  )
  assert.equal((await pool.run(request('flood', { logBytes: 500 }))).logsTruncated, true)
})

test('a host is warmed before it is ready, by the program and by the user of the engine', async () => {
  await using pool = await processPool({ warm: { export: 'count', inputs: [null], rounds: 7, maxMs: 60_000 } })
  const { warmed, calls } = (await outputOf(pool, 'state')) as { warmed: string; calls: number }
  assert.equal(warmed, 'yes')
  assert.equal(calls, 7)
})

const badPrograms: readonly [name: string, source: string, says: RegExp][] = [
  ['does not parse', 'export const = 1', /SyntaxError/],
  [
    'throws while it is evaluated',
    "throw new Error('broken at evaluation')",
    /broken at evaluation[\s\S]*program\.mjs:1/,
  ],
  ['throws while it is warmed', "export const warm = () => { throw new Error('not warm') }", /not warm/],
]
for (const [name, source, says] of badPrograms) {
  test(`a program that ${name} keeps the pool from starting, and says where`, async () => {
    await withFolder(async (folder) => {
      const module = join(folder, 'program.mjs')
      await writeFile(module, source)
      await assert.rejects(createPool({ engine: processEngine({ module }), hosts: 1, spares: 0 }), {
        code: 'EK_POOL_START',
        message: says,
      })
    })
  })
}

test('a new version runs in a pool of its own while the old one drains', async () => {
  await withFolder(async (folder) => {
    const version = async (text: string): Promise<Pool> => {
      const module = join(folder, `${text}.mjs`)
      await writeFile(
        module,
        `export default async (wait) => { if (wait) await new Promise((resolve) => setTimeout(resolve, 20)); return '${text}' }`,
      )
      return createPool({ engine: processEngine({ module }), hosts: 1, spares: 0 })
    }
    const old = await version('one')
    const late = outputOf(old, 'default', { input: 'true' })
    const next = await version('two')
    const closing = old.close()
    assert.equal(await outputOf(next, 'default'), 'two')
    assert.equal(await late, 'one')
    await closing
    await next.close()
  })
})

test('later hosts run the version that is current when they start', async () => {
  await withFolder(async (folder) => {
    let current = 'one'
    for (const text of ['one', 'two'])
      await writeFile(
        join(folder, `${text}.mjs`),
        `export default () => '${text}'; export const exit = () => process.exit()`,
      )
    const engine = processEngine({ module: () => join(folder, `${current}.mjs`) })
    await using pool = await createPool({ engine, hosts: 1, spares: 0 })
    current = 'two'
    assert.equal(await outputOf(pool, 'default'), 'one')
    await pool.run(request('exit'))
    assert.equal(await outputOf(pool, 'default'), 'two')
  })
})

test('under the permission model a program has what was granted and nothing else', async () => {
  await withFolder(async (folder) => {
    const module = join(folder, 'program.mjs')
    await writeFile(
      module,
      `import { readFileSync } from 'node:fs'
       export const own = () => readFileSync(new URL(import.meta.url), 'utf8').length > 0
       export const foreign = () => readFileSync('/etc/hostname', 'utf8')
       export const spawn = async () => (await import('node:child_process')).execSync('true')`,
    )
    await using pool = await createPool({ engine: processEngine({ module, permissions: {} }), hosts: 1, spares: 0 })
    assert.equal(await outputOf(pool, 'own'), true)
    for (const exported of ['foreign', 'spawn']) {
      const { outcome } = await pool.run(request(exported))
      assert.ok(outcome.status === 'failed' && /Access to this API has been restricted/.test(outcome.error.message))
    }
  })
})

const badOptions: readonly [options: object, says: RegExp][] = [
  [{ module: 'relative.js' }, /"module".*absolute path.*"relative.js"/],
  [{ module: 3 }, /"module".*3 \(number\)/],
  [{ concurrency: 0 }, /"concurrency".*0 \(number\)/],
  [{ softLimitShare: 2 }, /"softLimitShare"/],
  [{ warm: { inputs: [] } }, /"warm.inputs"/],
  [{ logs: 'file' }, /"logs"/],
  [{ threads: 2 }, /"threads".*not known/],
]
for (const [options, says] of badOptions) {
  test(`${JSON.stringify(options)} is refused`, () => {
    assert.throws(() => processEngine({ module: '/app.js', ...options }), { code: 'EK_POOL_OPTION', message: says })
  })
}

function block(ms: number): void {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs);
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-program-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function linesOf(printed: readonly HostOutput[], stream: string): string[] {
  return printed.filter((each) => each.stream === stream).flatMap(({ lines }) => lines)
}
