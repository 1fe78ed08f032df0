/** The gateway is killed with -9: its hosts end by themselves within a second, one that spins and one that waits alike. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { childPids, untilGone } from '../support/processes.ts'

const gateway = fileURLToPath(new URL('../support/gateway.ts', import.meta.url))

test('no orphan is left', { skip: process.platform === 'linux' ? false : 'reads /proc' }, async () => {
  const child = spawn(process.execPath, ['--conditions=@evenkeel/source', gateway], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const hosts = childPids(child.pid)
  assert.ok(hosts.length >= 3, `${hosts.length} hosts`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await untilGone(hosts, 1_000)
})
