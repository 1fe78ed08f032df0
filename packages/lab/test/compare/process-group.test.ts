import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ProcessGroup } from '../../src/compare/process-group.ts'
import { processesWith, until } from '../support/processes.ts'

const options = { cwd: '/tmp', env: { PATH: process.env['PATH'] } }

test('stopping a command ends everything that it started', async () => {
  const group = await ProcessGroup.start(
    `sleep 4711.${process.pid} & (sleep 4711.${process.pid} & wait) & wait`,
    options,
  )
  await until(() => processesWith(`sleep 4711.${process.pid}`).length >= 2, 'both children run')
  await group.stop()
  assert.deepEqual(processesWith(`sleep 4711.${process.pid}`), [])
})

test('a command that ignores the request to end is ended by force', async () => {
  const group = await ProcessGroup.start(`trap "" TERM; echo up; while :; do sleep 4712.${process.pid}; done`, options)
  await until(() => group.output === 'up', 'the command is up')
  await group.stop(100)
  assert.deepEqual(processesWith(`sleep 4712.${process.pid}`), [])
  assert.equal((await group.exited).signal, 'SIGKILL')
})

test('a command that outlives its shell is ended too', async () => {
  const group = await ProcessGroup.start(`sleep 4713.${process.pid} & exit 5`, options)
  assert.deepEqual(await group.exited, { code: 5, signal: null })
  await group.stop()
  assert.deepEqual(processesWith(`sleep 4713.${process.pid}`), [])
})

test('what was printed is kept, the end of it when it is long', async () => {
  const group = await ProcessGroup.start('seq 1 100000; echo problem >&2', options)
  await group.exited
  await until(() => group.output.endsWith('problem'), 'the output has arrived')
  assert.ok(group.output.length <= 8192)
  await group.stop()
})

test('stopping twice, and a folder that does not exist', async () => {
  const group = await ProcessGroup.start('true', options)
  await group.stop()
  await group.stop()
  await assert.rejects(ProcessGroup.start('true', { ...options, cwd: '/nonexistent' }), /ENOENT/)
})

for (const signal of ['SIGINT', 'SIGHUP'] as const)
  test(`when the lab itself ends by ${signal}, its commands end with it`, async () => {
    const command = `sleep 4714.${process.pid}${signal.length}`
    const script = `
      const { ProcessGroup } = await import(${JSON.stringify(import.meta.resolve('../../src/compare/process-group.ts'))})
      process.on('SIGINT', () => process.exit(130))
      await ProcessGroup.start('${command}', { cwd: '/tmp', env: process.env })
      console.log('up')
    `
    const lab = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(lab.stdout, 'data')
    await until(() => processesWith(command).length > 0, 'the command runs')
    lab.kill(signal)
    await once(lab, 'exit')
    await until(() => processesWith(command).length === 0, 'the command is gone')
  })
