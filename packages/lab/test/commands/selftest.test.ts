import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { runCommand } from '../support/run-command.ts'

suite('evenkeel-lab selftest', () => {
  test("tells this machine's cost and ceiling for each way of sending", async () => {
    const { exitCode, stdout } = await runCommand(['selftest', '-d', '300ms', '--json'], { cwd: '.' })
    assert.equal(exitCode, 0)
    const { measures } = JSON.parse(stdout) as { measures: { cpuUsPerUnit: number; ceilingPerSecond: number }[] }
    assert.equal(measures.length, 3)
    for (const { cpuUsPerUnit, ceilingPerSecond } of measures) {
      assert.ok(cpuUsPerUnit > 1 && cpuUsPerUnit < 100_000, String(cpuUsPerUnit))
      assert.ok(ceilingPerSecond > 0)
    }
  })
})
