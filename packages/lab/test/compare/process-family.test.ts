import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { familyPeakRssBytes, listeningProcesses, processFamily } from '../../src/compare/process-family.ts'
import { ProcessGroup } from '../../src/compare/process-group.ts'
import { until } from '../support/processes.ts'

const skip = process.platform === 'linux' ? false : 'there is no /proc on this system'

test('the memory of a command is that of its processes', { skip }, async () => {
  const command = `${process.execPath} -e "setInterval(() => {}, 1000); console.log('waits')"; true`
  await using group = await ProcessGroup.start(command, { cwd: '/tmp', env: { PATH: process.env['PATH'] } })
  await until(() => group.output.includes('waits'), 'the child waits')
  assert.ok((familyPeakRssBytes([group.pid]) ?? 0) > 10e6)
  assert.ok(processFamily([group.pid]).length >= 2)
})

test('a process that is gone has no family', { skip }, async () => {
  const group = await ProcessGroup.start('true', { cwd: '/tmp', env: {} })
  await group.exited
  await group.stop()
  assert.deepEqual(processFamily([group.pid]), [])
  assert.deepEqual(processFamily([]), [])
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
