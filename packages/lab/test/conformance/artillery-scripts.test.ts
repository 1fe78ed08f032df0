/**
 * The same scripts, the same server, two runners: what Artillery did was recorded once (`record-artillery.ts`), what the lab does is
 * measured here. Compared are exit code, counters, a script's own histograms, and everything that the server received.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { deliberateDifferences } from './deliberate-differences.ts'
import { runInLab } from './run-in-lab.ts'
import { runKey, type Recording, type RunOutcome, type ScriptRun } from './script-group.ts'
import { scriptGroups } from './script-groups.ts'

const recorded = JSON.parse(await readFile(join(import.meta.dirname, 'artillery-recording.json'), 'utf8')) as Recording

suite(`script groups as ${recorded.tool} ${recorded.version} runs them`, { concurrency: 4 }, () => {
  const equal = new Set(scriptGroups.map(({ number }) => number))
  for (const group of scriptGroups)
    for (const run of group.runs) {
      const key = runKey(group, run)
      test(`${key}: ${group.title}`, async () => {
        const expected = recorded.outcomes[key]
        assert.ok(expected, `no recording of "${key}"`)
        const actual = await runInLab(run)
        const difference = deliberateDifferences[key]
        if (difference === undefined) return assertSame(actual, expected, run)
        if (difference.kind === 'outcome') equal.delete(group.number)
        assertSame(actual, difference.change(expected), run)
        assert.throws(() => assertSame(actual, expected, run), `"${key}" differs no more: ${difference.why}`)
      })
    }
  after(() => {
    assert.equal(scriptGroups.length, 54)
    assert.ok(equal.size >= 45, `only ${equal.size} of 54 groups give the same results`)
  })
})

function assertSame(actual: RunOutcome, expected: RunOutcome, run: ScriptRun): void {
  assert.equal(actual.exitCode, expected.exitCode, 'exit code')
  if (run.interruptAfterMs !== undefined) {
    assert.deepEqual(Object.keys(actual.received), Object.keys(expected.received))
    return
  }
  assertCounts(actual.received, expected.received, run)
  assertCounts(actual.counters, expected.counters, run)
  assert.deepEqual(actual.histograms, expected.histograms)
  const { sessionToleranceMs } = run
  if (sessionToleranceMs === undefined) return
  const [actualMs = NaN, expectedMs = NaN] = [actual.meanSessionMs, expected.meanSessionMs]
  assert.ok(Math.abs(actualMs - expectedMs) <= sessionToleranceMs, `a user took ${actualMs} ms, not ${expectedMs} ms`)
}

function assertCounts(
  actual: Readonly<Record<string, number>>,
  expected: Readonly<Record<string, number>>,
  { tolerance = 0 }: ScriptRun,
): void {
  if (tolerance === 0) return assert.deepEqual(actual, expected)
  assert.deepEqual(Object.keys(actual), Object.keys(expected))
  for (const [name, count] of Object.entries(expected)) {
    const other = actual[name] ?? 0
    const off = Math.abs(other - count) / Math.max(other, count)
    assert.ok(off <= tolerance, `${name}: ${other} and ${count}`)
  }
}
