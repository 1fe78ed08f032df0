import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import { readComparison } from '../../src/compare/comparison-file.ts'
import { writeResult } from '../../src/result.ts'
import { processesWith } from '../support/processes.ts'
import { runCommand } from '../support/run-command.ts'
import { sampleResult } from '../support/sample-result.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

const fixture = new URL('../fixtures/work-server.js', import.meta.url).pathname
/** In the command lines of this file's servers, so that those of other files are told apart. */
const mark = `compare-test-${process.pid}`
const fixtureCommand = `"${fixture}" 1000 ${mark}`
const server = (rounds: number): string => `"${process.execPath}" "${fixture}" ${rounds} ${mark}`
const short = ['--blocks', '8', '--warm-up-blocks', '1', '--burst', '150ms', '--warm-up', '100ms', '--seed', '1']

test('two commands: five times the work is slower; page, verdict and file agree; nothing is left running', async () => {
  await inTemporaryFolder(async (cwd) => {
    const args = [
      'compare',
      `cmd:${server(60_000)}`,
      `cmd:${server(300_000)}`,
      ...short,
      '--html',
      'ab.html',
      '--fail-on',
      'slower',
    ]
    const { exitCode, stdout, stderr } = await runCommand(args, { cwd })
    assert.match(stdout, /^slower: B is slower than A/, stderr)
    assert.equal(exitCode, 1)
    assert.match(
      stderr,
      /^8 blocks of two bursts of 150 ms, 1 before .*a start for each block and 100 ms of warm-up: 4\.5 s and the time of 18 starts\n/,
    )
    assert.match(stderr, /block 1\/8 .* left\n/)
    assert.match(stderr, /block 8\/8 \((ab|ba)\): A \d+\/s.*[^t]\n/)
    const comparison = await readComparison(join(cwd, 'comparison/comparison.json'))
    assert.deepEqual([comparison.settings.restart, comparison.settings.warmUpMs], [true, 100])
    for (const { warmUpRequests } of comparison.blocks)
      assert.ok((warmUpRequests?.a ?? 0) > 0 && (warmUpRequests?.b ?? 0) > 0)
    assert.equal(comparison.verdict.status, 'slower')
    assert.equal(comparison.a.versions['node'], process.versions.node)
    if (process.platform === 'linux') {
      const cpu = comparison.metrics.find((metric) => metric.name === 'cpuPerRequest')
      assert.equal(cpu?.verdict.status, 'slower')
    }
    const page = await readFile(join(cwd, 'ab.html'), 'utf8')
    assert.match(page, /B is slower than A/)
    assert.match(page, /anew for each block, each warmed for 100 ms/)
    assert.deepEqual(processesWith(mark), [])
    const again = await runCommand(['report', 'comparison', '--html', 'again.html', '--markdown', '-'], { cwd })
    assert.equal(await readFile(join(cwd, 'again.html'), 'utf8'), page)
    assert.match(again.stdout, /\| Requests per second \|/)
  })
})

test('two Node binaries from one command: the report lists their versions', async () => {
  await inTemporaryFolder(async (cwd) => {
    await symlink(process.execPath, join(cwd, 'other-node'))
    const args = ['compare', `node:${process.execPath}`, 'node:./other-node', '--command', `node "${fixture}" 1000`]
    const { exitCode, stderr } = await runCommand(
      [...args, '--blocks', '2', '--burst', '100ms', '--warm-up', '0', '--json'],
      { cwd },
    )
    assert.equal(exitCode, 0, stderr)
    const { a, b } = await readComparison(join(cwd, 'comparison/comparison.json'))
    for (const side of [a, b]) {
      assert.equal(side.kind, 'node')
      assert.deepEqual(side.versions, { node: process.versions.node, v8: process.versions.v8 })
      assert.ok(side.requests > 0)
      assert.deepEqual(Object.keys(side.codes), ['200'])
    }
  })
})

test('two versions of Node from one command', async (context) => {
  const other = otherNode()
  if (other === undefined) return context.skip('there is only one version of Node on this machine')
  await inTemporaryFolder(async (cwd) => {
    const args = ['compare', `node:${other.path}`, `node:${process.execPath}`, '--command', `node ${fixtureCommand}`]
    const { exitCode, stderr } = await runCommand(
      [...args, '--blocks', '2', '--burst', '100ms', '--no-restart', '--html', 'ab.html'],
      {
        cwd,
      },
    )
    assert.equal(exitCode, 0, stderr)
    const { a, b } = await readComparison(join(cwd, 'comparison/comparison.json'))
    assert.equal(a.versions['node'], other.version)
    assert.equal(b.versions['node'], process.versions.node)
    assert.notEqual(a.versions['v8'], b.versions['v8'])
    const page = await readFile(join(cwd, 'ab.html'), 'utf8')
    for (const version of [other.version, process.versions.node]) assert.ok(page.includes(version), version)
    assert.deepEqual(processesWith(mark), [])
  })
})

/** A Node of another version that is installed beside this one. */
function otherNode(): { readonly path: string; readonly version: string } | undefined {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/bin', '/usr/bin']) {
    const path = join(folder, 'node')
    try {
      const version = execFileSync(path, ['-p', 'process.versions.node'], { stdio: 'pipe' }).toString().trim()
      if (version !== process.versions.node) return { path, version }
    } catch {
      // Nothing there that runs.
    }
  }
  return undefined
}

test('two commits of a repository', async () => {
  await inTemporaryFolder(async (cwd) => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], { cwd, stdio: 'pipe' })
    git('init', '-q', '-b', 'main')
    for (const rounds of [1000, 400_000]) {
      await writeFile(join(cwd, 'rounds.txt'), String(rounds))
      git('add', '.')
      git('commit', '-qm', `rounds ${rounds}`)
    }
    const command = `"${process.execPath}" "${fixture}" $(cat rounds.txt)`
    const args = ['compare', 'git:HEAD~1', 'git:main', '--command', command, '--setup', 'test -f rounds.txt', ...short]
    const { stdout, stderr } = await runCommand(args, { cwd })
    assert.match(stdout, /^slower/, stderr)
    const { a, b } = await readComparison(join(cwd, 'comparison/comparison.json'))
    assert.notEqual(a.revision, b.revision)
    assert.equal(git('worktree', 'list').toString().trim().split('\n').length, 1)
  })
})

test('a server that runs already is found by its port and compared with itself', async () => {
  const target = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
  await once(target, 'listening')
  await using stack = new AsyncDisposableStack()
  stack.defer(async () => {
    target.closeAllConnections()
    target.close()
    await once(target, 'close')
  })
  const address = target.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`
  await inTemporaryFolder(async (cwd) => {
    const { exitCode, stdout } = await runCommand(
      ['compare', url, '--aa', '--blocks', '6', '--burst', '150ms', '--seed', '1'],
      { cwd },
    )
    assert.equal(exitCode, 0)
    assert.match(stdout, /calibration of requestRate: false alarms/)
    const { a, calibrations } = await readComparison(join(cwd, 'comparison/comparison.json'))
    assert.equal(a.target, url)
    assert.ok((calibrations?.length ?? 0) >= 1)
    assert.match(
      stdout,
      /note: each server was one process .*; only servers that the lab starts .* can be started anew/,
    )
    for (const option of [['--restart'], ['--warm-up', '1s']]) {
      const asked = await runCommand(['compare', url, '--aa', ...option], { cwd })
      assert.equal(asked.exitCode, 2)
      assert.match(
        asked.stderr,
        new RegExp(`${option[0]} is for servers that the lab starts: it started neither side of "http`),
      )
    }
  })
})

test('with --no-restart each server starts once, and that is said beside the verdict', async () => {
  await inTemporaryFolder(async (cwd) => {
    const starts = join(cwd, 'starts.txt')
    const command = `cmd:echo started >> "${starts}"; exec ${server(1000)}`
    const { exitCode, stdout, stderr } = await runCommand(
      ['compare', command, '--aa', ...short, '--blocks', '2', '--no-restart'],
      { cwd },
    )
    assert.equal(exitCode, 0, stderr)
    assert.equal((await readFile(starts, 'utf8')).trim().split('\n').length, 2)
    assert.match(stdout, /note: each server was one process for all blocks: .*; without --no-restart it is sampled/)
    assert.match(stderr, /one start for all blocks and 100 ms of warm-up: 1\.1 s and the time of 2 starts/)
  })
})

test('Ctrl-C before the first block: while a commit is set up, and while a server starts', async () => {
  await inTemporaryFolder(async (cwd) => {
    execFileSync('git', ['init', '-q'], { cwd })
    execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.test', 'commit', '--allow-empty', '-qm', 'x'],
      { cwd },
    )
    const waits = `echo here > "${join(cwd, 'here')}"; sleep 4723.${process.pid}`
    const cases = [
      ['git:HEAD', '--aa', '--setup', waits, '--command', server(10)],
      [`cmd:${waits}`, '--aa'],
    ]
    for (const args of cases) {
      const controller = new AbortController()
      await rm(join(cwd, 'here'), { force: true })
      const running = runCommand(['compare', ...args], { cwd, signal: controller.signal })
      while (!existsSync(join(cwd, 'here'))) await new Promise((resolve) => setTimeout(resolve, 10))
      controller.abort('SIGINT')
      const { exitCode } = await running
      assert.equal(exitCode, 130, args.join(' '))
      assert.deepEqual(processesWith(`4723.${process.pid}`), [])
      assert.equal(execFileSync('git', ['worktree', 'list'], { cwd }).toString().trim().split('\n').length, 1)
    }
  })
})

test('Ctrl-C in the middle: servers are ended, the blocks so far are kept, exit code 130', async () => {
  await inTemporaryFolder(async (cwd) => {
    const controller = new AbortController()
    const args = ['compare', `cmd:${server(1000)}`, `cmd:${server(1000)}`, ...short, '--blocks', '500']
    const { exitCode } = await runCommand(args, {
      cwd,
      signal: controller.signal,
      onOutput: (text) => {
        if (text.startsWith('block 3/')) controller.abort('SIGINT')
      },
    })
    assert.equal(exitCode, 130)
    const comparison = await readComparison(join(cwd, 'comparison/comparison.json'))
    assert.equal(comparison.status, 'partial')
    assert.equal(comparison.blocks.length, 3)
    assert.deepEqual(processesWith(mark), [])
  })
})

test('a server that dies under load is an error that tells its last words', async () => {
  await inTemporaryFolder(async (cwd) => {
    const args = ['compare', `cmd:${server(10)}`, `cmd:DIE_AFTER=50 ${server(10)}`, ...short]
    const { exitCode, stderr } = await runCommand(args, { cwd })
    assert.equal(exitCode, 1)
    assert.match(stderr, /EK_LAB_SERVER_DIED: .*code 3: the planted fault struck/)
    assert.deepEqual(processesWith(mark), [])
  })
})

test('stored results of other days', async () => {
  await inTemporaryFolder(async (cwd) => {
    for (const [name, slowness] of [
      ['a', 1],
      ['b', 3],
    ] as const) {
      const { result } = sampleResult({ seconds: 120, ratePerSecond: 100, slowness, seed: slowness })
      await writeResult(join(cwd, name, 'result.json'), {
        ...result,
        generator: { ...result.generator, verdict: 'ok' },
      })
    }
    const { stdout, exitCode } = await runCommand(['compare', 'result:a', 'result:b'], { cwd })
    assert.equal(exitCode, 0)
    assert.match(stdout, /^slower: .*\n[\s\S]*note: the sides were measured apart/)
  })
})

test('wrong options are refused before anything is started, with what they take', async () => {
  await inTemporaryFolder(async (cwd) => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['localhost:3000', 'http://127.0.0.1:1'], /"localhost:3000" is nothing that can be compared/],
      [['http://127.0.0.1:1'], /nothing to be compared with/],
      [['http://127.0.0.1:1', 'http://127.0.0.1:2', '--aa'], /one too many/],
      [['node:/bin/true', 'http://127.0.0.1:1'], /needs the command/],
      [['cmd:true', 'cmd:true', '--blocks', 'many'], /--blocks must be a whole number of 1 or more, received "many"/],
      [['cmd:true', 'cmd:true', '--burst', 'soon'], /--burst must be a duration/],
      [
        ['cmd:true', 'cmd:true', '--warm-up', 'soon'],
        /--warm-up must be a duration such as "1s" or "0", received "soon"/,
      ],
      [['cmd:true', 'cmd:true', '--margin', '-1'], /--margin must be a number above 0/],
      [['cmd:true', 'cmd:true', '--path', 'x'], /--path must begin with "\/"/],
      [['cmd:true', 'cmd:true', '-H', 'nocolon'], /--header must be "name: value"/],
      [['cmd:true', 'cmd:true', '--fail-on', 'bad'], /--fail-on takes faster, slower/],
      [['result:x', 'result:y', '--restart'], /it started neither side of "x" and "y"/],
      [['result:x', 'cmd:true'], /can only be compared with another result/],
    ]
    for (const [args, pattern] of cases) {
      const { exitCode, stderr } = await runCommand(['compare', ...args], { cwd })
      assert.equal(exitCode, 2, args.join(' '))
      assert.match(stderr, pattern)
    }
  })
})
