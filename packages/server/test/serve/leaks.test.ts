/** Processes, handles and memory stay where they were after many runs. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startTestServer, type TestServer } from '../support/test-server.ts'

interface Footprint {
  readonly children: number
  readonly handles: number
  readonly residentMb: number
}

test(
  '1,000 runs in a row and 200 at once leave nothing behind',
  { skip: process.platform === 'linux' ? false : 'reads /proc' },
  async () => {
    await using server = await startTestServer()
    await sequential(server, 300)
    await concurrent(server, 200)
    const before = footprint()
    await sequential(server, 1_000)
    await concurrent(server, 200)
    const after = footprint()
    assert.equal(after.children, before.children)
    assert.ok(after.handles <= before.handles + 4, `${before.handles} handles became ${after.handles}`)
    assert.ok(after.residentMb < before.residentMb * 1.2, `${before.residentMb} MiB became ${after.residentMb}`)
  },
)

test('a closed server leaves no process, timer or socket', async () => {
  const before = footprint()
  {
    await using server = await startTestServer()
    await server.run('return 1')
  }
  const after = footprint()
  assert.equal(after.children, before.children)
})

async function sequential(server: TestServer, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    assert.equal((await server.run('return input', { input: index })).body.result, index)
}

async function concurrent(server: TestServer, count: number): Promise<void> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => server.run('return input', { input: index })),
  )
  assert.deepEqual(
    answers.map(({ body }) => body.result),
    Array.from({ length: count }, (_, index) => index),
  )
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Of this process and its children. What is only not collected yet does not count. */
function footprint(): Footprint {
  collectGarbage()
  const children = readdirSync('/proc/self/task').flatMap((thread) => childrenOf(thread))
  const residentMb = [process.pid, ...children].reduce((sum, pid) => sum + residentOf(pid), 0)
  return {
    children: children.length,
    handles: process.getActiveResourcesInfo().filter((name) => !/Timeout|TCP|Immediate/.test(name)).length,
    residentMb,
  }
}

function childrenOf(thread: string): number[] {
  const text = readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

function residentOf(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return (pages * 4_096) / 1_048_576
}
