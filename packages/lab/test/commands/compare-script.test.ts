import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readComparison } from '../../src/compare/comparison-file.ts'
import { processesWith } from '../support/processes.ts'
import { runCommand } from '../support/run-command.ts'
import { SteadyClock } from '../support/steady-clock.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

const fixture = new URL('../fixtures/work-server.js', import.meta.url).pathname
/** In the command lines of this file's servers, so that those of other files are told apart. */
const mark = `compare-script-test-${process.pid}`
const server = (rounds: number, delayMs = 0): string =>
  `cmd:DELAY_MS=${delayMs} "${process.execPath}" "${fixture}" ${rounds} ${mark}`

const script = `config:
  target: 'http://other.test'
  phases: [{ duration: 60, arrivalRate: 60 }]
  payload: { path: users.csv, fields: [name], order: unique }
scenarios:
  - flow:
      - get: { url: '/first?user={{ name }}', name: first }
      - get: { url: /second, name: second }
`

async function writeScript(folder: string, rows: number): Promise<void> {
  await writeFile(join(folder, 'script.yml'), script)
  await writeFile(join(folder, 'users.csv'), Array.from({ length: rows }, (_, row) => `user-${row}\n`).join(''))
}

const short = [
  '--script',
  'script.yml',
  '--blocks',
  '8',
  '--warm-up-blocks',
  '1',
  '--burst',
  '700ms',
  '--warm-up',
  '100ms',
  '--seed',
  '1',
]

test('a script as the load: users at its rate, latencies of the whole and of each endpoint, rows that go on', async () => {
  await inTemporaryFolder(async (cwd) => {
    // 9 blocks of 6 users to warm up and 42 to measure on each side: not one row is used twice by a side, and none is left.
    await writeScript(cwd, 9 * 48)
    // A delay is one on a busy machine too, and the clock keeps every user in its burst.
    const args = ['compare', server(1000), server(600_000, 60), ...short, '--html', 'ab.html']
    const { exitCode, stdout, stderr } = await runCommand(args, { cwd, clock: new SteadyClock() })
    assert.equal(exitCode, 0, stderr)
    assert.match(stdout, /^slower: B is slower than A: .*median latency \+/)
    const { metrics, settings, blocks, a } = await readComparison(join(cwd, 'comparison/comparison.json'))
    assert.deepEqual(settings.script, { file: 'script.yml', usersPerSecond: 60 })
    assert.equal(a.requests, 8 * 42 * 2)
    assert.deepEqual(blocks[0]?.warmUpRequests, { a: 12, b: 12 })
    assert.match(
      stdout,
      /note: each burst met a server that had answered about 12 requests .*--warm-up 5s would give them 500/,
    )
    assert.equal(blocks[0]?.a.endpoints?.['GET /second (second)']?.requests, 42)
    const whole = metrics.filter(({ endpoint, role }) => endpoint === undefined && role === 'headline')
    assert.deepEqual(
      whole.map(({ name }) => name).filter((name) => name !== 'cpuPerRequest'),
      ['latencyP50', 'latencyP95'],
    )
    const second = metrics.filter(({ endpoint }) => endpoint === 'GET /second (second)')
    assert.deepEqual(
      second.map(({ name, role, verdict }) => [name, role, verdict.status]),
      [['latencyP50', 'secondary', 'slower']],
    )
    const page = await readFile(join(cwd, 'ab.html'), 'utf8')
    for (const text of ['Median latency of GET /second (second)', '60 users/s of script.yml'])
      assert.ok(page.includes(text), text)
    assert.deepEqual(processesWith(mark), [])
  })
})

test('rows that do not last for all bursts end the comparison', async () => {
  await inTemporaryFolder(async (cwd) => {
    await writeScript(cwd, 100)
    const args = ['compare', server(10), '--aa', ...short]
    const { exitCode, stderr } = await runCommand(args, { cwd, clock: new SteadyClock() })
    assert.equal(exitCode, 2)
    assert.match(stderr, /EK_LAB_COMPARE: A burst ended early: EK_LAB_PAYLOAD_EXHAUSTED: All 100 rows/)
    assert.deepEqual(processesWith(mark), [])
  })
})

test('options of one request do not go with a script, nor those of a script without one', async () => {
  await inTemporaryFolder(async (cwd) => {
    await writeScript(cwd, 10)
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--script', 'script.yml', '--path', '/x'], /--path does not go with --script/],
      [['--script', 'script.yml', '--connections', '3'], /--connections does not go with --script/],
      [['--environment', 'x'], /--environment needs --script/],
      [['--script', 'none.yml'], /EK_LAB_SCRIPT_READ/],
      [['--script', 'script.yml', '--environment', 'none'], /no environment "none"/],
      [['--script', 'script.yml', '--burst', '5ms', '--rate', '10'], /A burst of 5 ms has no user/],
    ]
    for (const [args, pattern] of cases) {
      const { exitCode, stderr } = await runCommand(['compare', server(10), '--aa', ...args], { cwd })
      assert.equal(exitCode, 2, args.join(' '))
      assert.match(stderr, pattern)
    }
  })
})
