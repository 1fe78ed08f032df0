import assert from 'node:assert/strict'
import { fstatSync, ftruncateSync } from 'node:fs'
import { test } from 'node:test'
import { StartRecord as HostRecord } from '../../src/host/start-record.host.ts'
import { StartRecord } from '../../src/pool/start-record.ts'
import { startSlots } from '../../src/wire/start-slots.ts'

test('what a host notes is found, and nothing else', () => {
  using record = StartRecord.create()
  assert.equal(record.mayHaveStarted(7, 0), false)
  const host = new HostRecord(record.descriptor)
  host.note(7)
  host.note(4_000_000_000)
  assert.deepEqual(
    [7, 8, 4_000_000_000].map((id) => record.mayHaveStarted(id, 0)),
    [true, false, true],
  )
})

test('a start that others have overwritten counts as begun', () => {
  using record = StartRecord.create()
  const host = new HostRecord(record.descriptor)
  for (let id = 1; id <= startSlots + 1; id += 1) host.note(id)
  assert.equal(record.mayHaveStarted(1, startSlots), true)
  assert.equal(record.mayHaveStarted(2, startSlots - 1), true)
  assert.equal(record.mayHaveStarted(startSlots + 2, 0), false)
})

test('the file has no name, does not grow, and is closed at the end', () => {
  const record = StartRecord.create()
  const { nlink, size } = fstatSync(record.descriptor)
  assert.equal(nlink, 0)
  const host = new HostRecord(record.descriptor)
  for (let id = 1; id <= 3 * startSlots; id += 1) host.note(id)
  assert.equal(fstatSync(record.descriptor).size, size)
  record[Symbol.dispose]()
  assert.throws(() => fstatSync(record.descriptor), { code: 'EBADF' })
})

test('where a part of the record is gone, a program may have begun', () => {
  using record = StartRecord.create()
  ftruncateSync(record.descriptor, 8)
  assert.equal(record.mayHaveStarted(7, 0), true)
})
