import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { readCapacity } from '../../src/util/capacity.ts'

const cases: readonly {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly processors: number
  readonly memoryMb?: number
}[] = [
  { name: 'no cgroup', files: {}, processors: availableParallelism() },
  {
    name: 'cgroup v2 without limits',
    files: { 'cpu.max': 'max 100000\n', 'memory.max': 'max\n' },
    processors: availableParallelism(),
  },
  {
    name: 'cgroup v2, one and a half processors',
    files: { 'cpu.max': '150000 100000\n', 'memory.max': '268435456\n' },
    processors: 1,
    memoryMb: 256,
  },
  { name: 'cgroup v2, half a processor', files: { 'cpu.max': '50000 100000' }, processors: 1 },
  { name: 'cgroup v1', files: { 'cpu/cpu.cfs_quota_us': '100000', 'cpu/cpu.cfs_period_us': '100000' }, processors: 1 },
  {
    name: 'cgroup v1 without limit',
    files: { 'cpu/cpu.cfs_quota_us': '-1', 'cpu/cpu.cfs_period_us': '100000' },
    processors: availableParallelism(),
  },
]

for (const { name, files, processors, memoryMb } of cases) {
  test(name, () => {
    const capacity = readCapacity((path) => files[path.replace('/sys/fs/cgroup/', '')])
    assert.equal(capacity.processors, processors)
    if (memoryMb === undefined) assert.ok(capacity.memoryMb > 256)
    else assert.equal(capacity.memoryMb, memoryMb)
  })
}
