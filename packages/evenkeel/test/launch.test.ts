import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { servingCommand, type LaunchedProcess } from '../src/launch.ts'

const bin = fileURLToPath(new URL('../bin/evenkeel.js', import.meta.url))
const started: LaunchedProcess = {
  argv: ['/bin/node', bin, 'serve', '--port', '0'],
  execArgv: ['--conditions=x'],
  env: {},
  connected: false,
}

test('a server gets a bounded young generation, other verbs what they had', () => {
  assert.deepEqual(servingCommand(started), [
    '/bin/node',
    '--conditions=x',
    '--max-semi-space-size=4',
    ...started.argv.slice(1),
  ])
  assert.equal(servingCommand({ ...started, argv: ['/bin/node', bin, 'build'] }), undefined)
  assert.equal(servingCommand({ ...started, argv: ['/bin/node', bin] }), undefined)
})

test('what the operator has chosen stays', () => {
  assert.equal(servingCommand({ ...started, execArgv: ['--max-semi-space-size=32'] }), undefined)
  assert.equal(servingCommand({ ...started, env: { NODE_OPTIONS: '--min-semi-space-size=1' } }), undefined)
  assert.equal(servingCommand({ ...started, connected: true }), undefined)
})

const skip = process.platform === 'linux' ? false : 'reads the command line of a process in /proc'

test('it is the same process that serves', { skip }, async () => {
  const child = spawn(
    process.execPath,
    [...process.execArgv, bin, 'serve', '--port', '0', '--admin-port', '0', '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = once(child, 'exit')
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const { url } = JSON.parse(line.toString()) as { url: string }
    const response = await fetch(new URL('/v1/run', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"code":"return 6 * 7"}',
    })
    assert.equal(((await response.json()) as { result: unknown }).result, 42)
    assert.match(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8'), /--max-semi-space-size=4\0/)
    assert.match(readFileSync(`/proc/${child.pid}/environ`, 'utf8'), /(?:^|\0)MALLOC_ARENA_MAX=2\0/)
  } finally {
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  }
})
