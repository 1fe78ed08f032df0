import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { RunningPlaces } from '../../src/pool/running-places.ts'
import { HostPriority } from '../../src/supervisor/priority.ts'

test('a host that gives way has a lower priority until its run ends', async (context) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9); console.log(1)'], { stdio: 'pipe' })
  context.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const pid = child.pid ?? 0
  const ordinary = getPriority(pid)
  const places = new RunningPlaces(1, new HostPriority())
  places.giveWay(pid, 60_000)
  assert.equal(getPriority(pid), ordinary, 'nothing runs')
  places.take()
  places.giveWay(pid, 60_000)
  // One step is what it takes to find out.
  if (getPriority(pid) <= ordinary + 1) return context.skip('this user may not raise a priority again')
  if (process.platform === 'linux') {
    const nices = readdirSync(`/proc/${pid}/task`).map((thread) => getPriority(Number(thread)))
    assert.ok(
      nices.every((nice) => nice > ordinary),
      nices.join(),
    )
  }
  places.free()
  assert.equal(getPriority(pid), ordinary)
  places.take()
  places.giveWay(pid, 0)
  while (getPriority(pid) !== ordinary) await new Promise((resolve) => setImmediate(resolve))
  places.giveWay(pid, 60_000)
  assert.equal(getPriority(pid), ordinary, 'its limit is over: it is to end')
  places.free()
})

test('a host of many programs never does: their priority is one', () => {
  const places = new RunningPlaces(8, new HostPriority())
  places.take()
  const ordinary = getPriority()
  places.giveWay(process.pid, 60_000)
  assert.equal(getPriority(), ordinary)
})

test('a process that is gone is no error', () => {
  const priority = new HostPriority()
  assert.equal(priority.lower(2 ** 22), false)
  priority.restore(2 ** 22)
})
