import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { familyCpuMs, familyPeakRssBytes, listeningProcesses } from '../../src/compare/process-family.ts'
import { ProcessGroup } from '../../src/compare/process-group.ts'
import { until } from '../support/processes.ts'

const skip = process.platform === 'linux' ? false : 'there is no /proc on this system'

test('the CPU time of a command holds that of its children, living and ended', { skip }, async () => {
  const busy = `${process.execPath} -e "const end = Date.now() + 300; while (Date.now() < end);"`
  const command = `${busy}; echo done; ${process.execPath} -e "setInterval(() => {}, 1000); console.log('waits')"`
  await using group = await ProcessGroup.start(command, { cwd: '/tmp', env: { PATH: process.env['PATH'] } })
  await until(() => group.output.includes('waits'), 'the busy child has ended and the other one waits')
  const cpuMs = familyCpuMs([group.pid]) ?? 0
  assert.ok(cpuMs >= 100 && cpuMs < 30_000, `${cpuMs} ms`)
  assert.ok((familyPeakRssBytes([group.pid]) ?? 0) > 10e6)
})

test('a process that is gone has no CPU time', { skip }, async () => {
  const group = await ProcessGroup.start('true', { cwd: '/tmp', env: {} })
  await group.exited
  await group.stop()
  assert.equal(familyCpuMs([group.pid]), undefined)
  assert.equal(familyCpuMs([]), undefined)
})

test('the process behind a port is found', { skip }, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  assert.deepEqual(listeningProcesses(port), [process.pid])
  server.close()
  await once(server, 'close')
  assert.deepEqual(listeningProcesses(port), [])
})
