import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf, isolatePool, runBlock } from '../support/pool.ts'

test('a million lines are cut at the limit', async () => {
  await using pool = await isolatePool({ hosts: 1 })
  const report = await runBlock(pool, 'for (let i = 0; i < 1e6; i++) console.log("line", i); return 1', {
    wallMs: 10_000,
  })
  assert.equal(endOf(report), 1)
  assert.equal(report.logsTruncated, true)
  assert.ok(report.logs.reduce((sum, { message }) => sum + message.length, 0) <= 65_536)
})

test('one huge line is cut, and line ends stay inside their entry', async () => {
  await using pool = await isolatePool({ hosts: 1 })
  const report = await runBlock(pool, 'console.log("a\\nb\\u001b[2J"); console.log("x".repeat(1e7)); return 1', {
    wallMs: 10_000,
  })
  assert.equal(endOf(report), 1)
  assert.equal(report.logs[0]?.message, 'a\nb\u001b[2J')
  assert.equal(report.logs.length, 2)
  assert.equal(report.logsTruncated, true)
})
