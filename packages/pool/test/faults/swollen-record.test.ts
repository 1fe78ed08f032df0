/** A host makes its record of starts larger: the file may be memory that counts as nobody's. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { createPool } from '@evenkeel/pool'
import { StartRecord } from '../../src/pool/start-record.ts'
import { recordOverflows } from '../../src/supervisor/record-overflow.ts'
import { startRecordBytes } from '../../src/wire/start-slots.ts'
import { ending, run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

const procSkip = process.platform === 'linux' ? false : 'reads /proc'

/** Of every record that this process has open, in bytes. */
function recordSizes(): number[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    const path = `/proc/self/fd/${descriptor}`
    try {
      return readlinkSync(path).includes('evenkeel-starts-') ? [statSync(path).size] : []
    } catch {
      // The descriptor that lists the folder is closed by now.
      return []
    }
  })
}

test('the host is killed for it, its memory is free again, and others go on', { skip: procSkip }, async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 1 })
  assert.equal(ending(await run(pool, 'swellRecord')), 'ended:memory')
  assert.equal(ending(await run(pool, 'echo', { tenant: 'two' })), 'ok')
  while (recordSizes().some((size) => size > startRecordBytes)) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(recordSizes().length > 0)
})

const fallocate = '/usr/bin/fallocate'
const fallocateSkip = existsSync(fallocate) ? procSkip : `there is no ${fallocate}`

test('room that is taken beyond the end of the file counts, too', { skip: fallocateSkip }, () => {
  using record = StartRecord.create()
  assert.equal(recordOverflows({ descriptor: record.descriptor, bytes: startRecordBytes }), false)
  const args = ['--keep-size', '--length', '16MiB', '/proc/self/fd/3']
  execFileSync(fallocate, args, { stdio: ['ignore', 'ignore', 'inherit', record.descriptor] })
  assert.equal(recordOverflows({ descriptor: record.descriptor, bytes: startRecordBytes }), true)
})
