import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { MemoryGroups } from '../../src/supervisor/memory-groups.ts'

const growing = `const kept = []; setInterval(() => kept.push(Buffer.alloc(16 * 1024 * 1024, 1)), 1)`

test('a process that outgrows its group is ended by the kernel, and the group says so', async (t) => {
  using groups = MemoryGroups.open(`${process.pid}-test`)
  if (groups === undefined) return t.skip('this process may not make memory groups')
  const child = spawn(process.execPath, ['-e', growing], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const group = groups.add('1', child.pid ?? 0, 100)
  if (group === undefined) return t.skip('this process may not set limits of memory groups')
  assert.equal(group.exceeded, false)
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.equal(signal, 'SIGKILL')
  assert.equal(group.exceeded, true)
  group.remove()
  group.remove()
})

test('in a unit that was delegated, hosts have groups beside the one of the gateway', (t) => {
  const { root, self, unit } = version2(t, '/system.slice/evenkeel.service/gateway')
  writeFileSync(join(unit, 'cgroup.subtree_control'), 'cpu memory\n')
  mkdirSync(join(unit, 'evenkeel-999999999-1-2'))
  using groups = MemoryGroups.open('7-1', root, self)
  assert.ok(groups)
  assert.deepEqual(
    readdirSync(unit).filter((name) => name.startsWith('evenkeel-')),
    [],
    'what a process left behind that is gone is removed',
  )
  const group = groups.add('3', 4711, 100)
  assert.ok(group)
  const folder = join(unit, 'evenkeel-7-1-3')
  assert.equal(readFileSync(join(folder, 'memory.max'), 'utf8'), String(157 * 1_048_576))
  assert.equal(readFileSync(join(folder, 'memory.swap.max'), 'utf8'), '0')
  assert.equal(readFileSync(join(folder, 'cgroup.procs'), 'utf8'), '4711')
  writeFileSync(join(folder, 'memory.events'), 'low 0\noom 1\noom_kill 1\n')
  assert.equal(group.exceeded, true)
})

for (const { why, path, control } of [
  { why: 'the memory of its unit is not delegated', path: '/system.slice/evenkeel.service/gateway', control: 'cpu\n' },
  { why: 'its parent belongs to the service manager', path: '/system.slice/evenkeel.service', control: 'memory\n' },
]) {
  test(`no groups are made when ${why}`, (t) => {
    const { root, self, unit } = version2(t, path)
    writeFileSync(join(unit, 'cgroup.subtree_control'), control)
    assert.equal(MemoryGroups.open('7-1', root, self), undefined)
    assert.equal(existsSync(join(unit, 'evenkeel-7-1-1')), false)
  })
}

/** A tree like that of cgroup v2; the kernel would make the files of a new group. */
function version2(t: TestContext, path: string): { root: string; self: string; unit: string } {
  const root = mkdtempSync(join(tmpdir(), 'evenkeel-groups-'))
  t.after(() => rmSync(root, { recursive: true }))
  const own = join(root, path)
  mkdirSync(own, { recursive: true })
  const unit = join(own, '..')
  for (const folder of [own, unit]) writeFileSync(join(folder, 'cgroup.procs'), '')
  writeFileSync(join(own, 'cgroup.subtree_control'), '')
  const self = join(root, 'self')
  writeFileSync(self, `0::${path}\n`)
  return { root, self, unit }
}
