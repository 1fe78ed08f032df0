/** Hostile blocks end inside the host: with their reason, within their limits, and without costing the process. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { quickjsEngine } from '@evenkeel/engine-quickjs'
import { createPool, type Pool, type RunReport } from '@evenkeel/pool'

let pool: Pool
before(async () => {
  pool = await createPool({ engine: quickjsEngine(), hosts: 1, spares: 0 })
})
after(() => pool.close())

function run(source: string, options: Readonly<Record<string, string>> = {}, tenant = 'one'): Promise<RunReport> {
  const limits = { wallMs: 60_000, cpuMs: 500, memoryMb: 32, outputBytes: 100_000, logBytes: 1_000, hostCalls: 5 }
  return pool.run({ tenant, program: { id: source, options, source }, input: '{"n": 1}', limits })
}

function endOf({ outcome }: RunReport): string {
  if (outcome.status === 'failed') return outcome.error.type
  return 'reason' in outcome ? outcome.reason : outcome.status
}

const hostile: readonly [name: string, source: string, ends: readonly string[]][] = [
  ['an endless loop', 'for (;;);', ['cpu']],
  [
    'endless microtasks',
    'const next = () => Promise.resolve().then(next); next(); await new Promise(() => {})',
    // Each promise holds the one before.
    ['cpu', 'memory'],
  ],
  [
    'an endless timer chain',
    'const next = () => { for (let i = 0; i < 1e5; i += 1); setTimeout(next) }; next(); await new Promise((r) => setTimeout(r, 1e6))',
    ['cpu', 'wall'],
  ],
  ['a catastrophic regular expression', "return /(a+)+$/.test('a'.repeat(60) + 'b')", ['cpu']],
  ['a hostile comparator', 'return [3, 2, 1].sort(() => { for (;;); })', ['cpu']],
  ['a getter of an error that never returns', 'throw { get message() { for (;;); } }', ['cpu']],
  ['a toJSON that never returns', 'return { toJSON() { for (;;); } }', ['cpu']],
  ['a filled sparse array', 'return new Array(2 ** 32 - 1).fill(0)', ['cpu', 'memory']],
  ['growing arrays', 'const kept = []; for (;;) kept.push(new Array(10_000).fill(1))', ['memory', 'cpu']],
  ['growing strings', "let text = 'x'; for (;;) text += text + 'y'", ['memory', 'cpu', 'InternalError', 'RangeError']],
  ['a map that grows', 'const map = new Map(); for (let i = 0; ; i += 1) map.set(i, { i })', ['memory', 'cpu']],
  [
    'large buffers',
    'const kept = []; for (;;) kept.push(new ArrayBuffer(16e6))',
    ['memory', 'RangeError', 'InternalError'],
  ],
  ['endless recursion', '(function again() { again() })()', ['RangeError', 'InternalError']],
  [
    'deeply nested JSON',
    "return JSON.parse('['.repeat(1e6))",
    ['RangeError', 'SyntaxError', 'InternalError', 'memory'],
  ],
  [
    'a deeply nested result',
    'let value = []; for (let i = 0; i < 1e5; i += 1) value = [value]; return value',
    ['RangeError', 'ValidationError', 'InternalError', 'memory', 'cpu'],
  ],
  ['code from strings', "return (function () {}).constructor('return 1')()", ['EvalError']],
  ['a promise that nothing can settle', 'await new Promise(() => {})', ['stalled']],
]
for (const [name, source, ends] of hostile) {
  test(`${name} ends as ${ends.join(' or ')}, and the host lives on`, async () => {
    const pids = pool.hostPids()
    const report = await run(source)
    assert.ok(ends.includes(endOf(report)), `it ended as ${endOf(report)}: ${JSON.stringify(report.outcome)}`)
    assert.equal(endOf(await run('return input.n')), 'ok')
    assert.deepEqual(pool.hostPids(), pids)
  })
}

test('errors have the position that their author sees', async () => {
  const { outcome } = await run("const one = 1\nfunction inner() {\n  throw new TypeError('here')\n}\ninner()")
  assert.ok(outcome.status === 'failed')
  const { type, line, stack } = outcome.error
  assert.deepEqual([type, line], ['TypeError', 3])
  assert.match(stack ?? '', /inner \(block\.js:3:\d+\)\n {4}at .*block\.js:5:/)
})

test('a syntax error has its line', async () => {
  const { outcome } = await run('const one = 1\nlet = ;')
  assert.ok(outcome.status === 'failed')
  assert.partialDeepStrictEqual(outcome.error, { kind: 'syntax', type: 'SyntaxError', line: 2 })
})

test('a check compiles and runs nothing', async () => {
  const check = { purpose: 'check' }
  assert.equal(endOf(await run("for (;;); throw new Error('ran')", check)), 'ok')
  const { outcome } = await run('let one = 1\nlet = ;', check)
  assert.ok(outcome.status === 'failed')
  assert.partialDeepStrictEqual(outcome.error, { kind: 'syntax', type: 'SyntaxError', line: 2 })
})

test('TypeScript is erased', async () => {
  assert.equal(endOf(await run('const n: number = input.n; return n', { language: 'ts' })), 'ok')
})

test('nothing of the host can be reached, and nothing is left for the next run', async () => {
  const source =
    "return ['process', 'require', 'fetch', 'WebAssembly', 'SharedArrayBuffer', 'std', 'os'].filter((name) => { try { return typeof globalThis[name] === 'object' } catch { return true } })"
  const { outcome } = await run(source)
  assert.ok(outcome.status === 'ok')
  assert.equal(Buffer.from(outcome.output).toString(), '[]')
  await run("globalThis.secret = 'mine'; Array.prototype.secret = 'mine'; return null")
  const next = await run('return [typeof secret, typeof [].secret]')
  assert.ok(next.outcome.status === 'ok')
  assert.equal(Buffer.from(next.outcome.output).toString(), '["undefined","undefined"]')
})

test('timers that are left over are cut and reported', async () => {
  const { outcome } = await run('setTimeout(() => {}, 1e6); return 1')
  assert.ok(outcome.status === 'ok')
  assert.equal(outcome.warnings[0]?.code, 'EK_BLOCK_TIMERS_CUT')
})
