import { test } from 'node:test'
import assert from 'node:assert/strict'
import { isLabError } from '../../src/index.ts'
import { startServer, type ServerCommand } from '../../src/compare/server.ts'
import { processesWith } from '../support/processes.ts'

const fixture = new URL('../fixtures/work-server.js', import.meta.url).pathname
const base: ServerCommand = {
  label: 'A',
  command: `"${process.execPath}" "${fixture}"`,
  cwd: '/tmp',
  env: { PATH: process.env['PATH'] },
  path: '/x?y=1',
  readyTimeoutMs: 20_000,
}

function refusal(pattern: RegExp): (error: unknown) => boolean {
  return (error) => isLabError(error) && error.code === 'EK_LAB_SERVER_START' && pattern.test(error.message)
}

test('a server is started on a free port, is ready when it answers, and is gone after use', async () => {
  const server = await startServer(base)
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/x\?y=1$/)
  assert.equal((await fetch(server.url, { headers: { connection: 'close' } })).status, 200)
  await server[Symbol.asyncDispose]()
  await assert.rejects(fetch(server.url))
})

test('the port is in the command where {port} stands', async () => {
  await using server = await startServer({ ...base, command: `PORT={port} "${process.execPath}" "${fixture}"` })
  assert.equal((await fetch(server.url, { headers: { connection: 'close' } })).status, 200)
})

test('a command that ends at once is reported with what it said', async () => {
  await assert.rejects(
    startServer({ ...base, command: 'echo "no such module" >&2; exit 7' }),
    refusal(/A ended before it was ready: code 7, no such module/),
  )
})

test('a command that never listens is given up, and ended', async () => {
  await assert.rejects(
    startServer({ ...base, command: `echo thinking; sleep 4721.${process.pid}`, readyTimeoutMs: 300 }),
    refusal(/not ready at .* after 0\.3 s \(.*\): thinking/),
  )
  assert.deepEqual(processesWith(`sleep 4721.${process.pid}`), [])
})

test('a server that only answers errors of its own is not ready', async () => {
  await assert.rejects(
    startServer({ ...base, env: { ...base.env, STATUS: '503' }, readyTimeoutMs: 1500 }),
    refusal(/it answered 503/),
  )
})

test('a start that is stopped leaves nothing behind', async () => {
  const controller = new AbortController()
  const starting = startServer({ ...base, command: `sleep 4722.${process.pid}`, signal: controller.signal })
  controller.abort('SIGINT')
  await assert.rejects(starting, refusal(/given up: SIGINT/))
  assert.deepEqual(processesWith(`sleep 4722.${process.pid}`), [])
})
