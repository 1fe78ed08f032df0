import { test } from 'node:test'
import assert from 'node:assert/strict'
import { cpuSpent, readCpu, type CpuReading } from '../../src/compare/cpu-reading.ts'
import { ProcessGroup } from '../../src/compare/process-group.ts'
import { until } from '../support/processes.ts'

const skip = process.platform === 'linux' ? false : 'there is no /proc on this system'

function reading(parts: Partial<CpuReading> & { readonly threads?: Readonly<Record<string, number>> }): CpuReading {
  const { threads = {}, ...rest } = parts
  return {
    tickedMs: 0,
    endedChildrenMs: 0,
    processes: 1,
    threadsMs: new Map(Object.entries(threads)),
    ...rest,
  }
}

test('the clocks of the threads count exactly, those of new threads from zero', () => {
  const before = reading({ tickedMs: 500, threads: { '1/1': 501.25, '1/2': 3 } })
  const after = reading({ tickedMs: 510, threads: { '1/1': 505.5, '1/2': 3, '1/3': 1 } })
  assert.deepEqual(cpuSpent(before, after), { ms: 5.25, stepMs: 0 })
})

test('where a thread has ended, came and went, or tells nothing, ticks are counted', () => {
  const ended = cpuSpent(
    reading({ tickedMs: 100, threads: { '1/1': 100, '1/2': 4 } }),
    reading({ tickedMs: 160, threads: { '1/1': 140 } }),
  )
  assert.deepEqual(ended, { ms: 60, stepMs: 10 })
  const unseen = cpuSpent(
    reading({ tickedMs: 100, threads: { '1/1': 100 } }),
    reading({ tickedMs: 300, threads: { '1/1': 140 } }),
  )
  assert.deepEqual(unseen, { ms: 200, stepMs: 10 })
  assert.deepEqual(cpuSpent(reading({ processes: 2 }), reading({ tickedMs: 30, processes: 3 })), { ms: 30, stepMs: 30 })
})

test('what ended children cost is counted with the rest', () => {
  const spent = cpuSpent(
    reading({ tickedMs: 10, threads: { '1/1': 10 } }),
    reading({ tickedMs: 20, endedChildrenMs: 70, threads: { '1/1': 20 } }),
  )
  assert.deepEqual(spent, { ms: 80, stepMs: 10 })
})

test('the CPU time of a command holds that of its children, living and ended', { skip }, async () => {
  const busy = `${process.execPath} -e "const end = Date.now() + 300; while (Date.now() < end);"`
  const command = `${busy}; echo done; ${process.execPath} -e "setInterval(() => {}, 1000); console.log('waits')"`
  await using group = await ProcessGroup.start(command, { cwd: '/tmp', env: { PATH: process.env['PATH'] } })
  const before = reading({ processes: 0 })
  await until(() => group.output.includes('waits'), 'the busy child has ended and the other one waits')
  const after = readCpu([group.pid])
  assert.ok(after)
  const { ms } = cpuSpent(before, after)
  assert.ok(ms >= 100 && ms < 30_000, `${ms} ms`)
})

test('a process that does nothing between two readings costs less than a tick', { skip }, async () => {
  const command = `exec ${process.execPath} -e "setInterval(() => {}, 60000); console.log('waits')"`
  await using group = await ProcessGroup.start(command, { cwd: '/tmp', env: { PATH: process.env['PATH'] } })
  await until(() => group.output.includes('waits'), 'the process waits')
  await until(() => {
    const before = readCpu([group.pid])
    const after = readCpu([group.pid])
    return before !== undefined && after !== undefined && cpuSpent(before, after).ms < 1
  }, 'the process has come to rest')
})

test('a process that is gone has no CPU time', { skip }, async () => {
  const group = await ProcessGroup.start('true', { cwd: '/tmp', env: {} })
  await group.exited
  await group.stop()
  assert.equal(readCpu([group.pid]), undefined)
  assert.equal(readCpu([]), undefined)
})
