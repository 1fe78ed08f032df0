/** Worlds that are thrown away give their memory back: the host's resident memory stays under its ceiling, run after run. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { quickjsEngine } from '@evenkeel/engine-quickjs'
import { createPool } from '@evenkeel/pool'

const limits = { wallMs: 60_000, cpuMs: 60_000, memoryMb: 64, outputBytes: 1_000, logBytes: 1_000, hostCalls: 0 }
const source = 'const kept = new Uint8Array(30e6).fill(1); return kept.length'

test('sixty runs of 30 MB each do not add up', { skip: process.platform !== 'linux' && 'reads /proc' }, async () => {
  const options = { engine: quickjsEngine(), hosts: 1, spares: 0, maxMemoryMb: 64 }
  await using pool = await createPool({ ...options, recycle: { residentShare: 1 } })
  const [pid = 0] = pool.hostPids()
  for (let run = 0; run < 60; run += 1) {
    const { outcome } = await pool.run({
      tenant: 'one',
      program: { id: 'fill', options: {}, source },
      input: '1',
      limits,
    })
    assert.equal(outcome.status, 'ok', JSON.stringify(outcome))
  }
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  assert.ok(pages * 4_096 < 256 * 1_048_576, `${pages} pages are resident`)
  assert.deepEqual(pool.hostPids(), [pid])
})
