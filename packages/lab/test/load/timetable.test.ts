import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { planPhases, timetable } from '../../src/load/timetable.ts'
import { parsePhase } from '../../src/script/phase.ts'

function arrivals(...phases: readonly Record<string, unknown>[]): number[] {
  return [...timetable(phases.map((phase, index) => parsePhase(phase, index, 'uniform')))].map(({ atMs }) => atMs)
}

function perSecond(times: readonly number[]): number[] {
  const counts: number[] = []
  // The last start of a second falls on its end.
  for (const atMs of times) counts[Math.ceil(atMs / 1000) - 1] = (counts[Math.ceil(atMs / 1000) - 1] ?? 0) + 1
  return Array.from(counts, (count) => count ?? 0)
}

suite('the timetable of arrivals', () => {
  test('24 users in 240 s start at 10, 20, … 240 s', () => {
    assert.deepEqual(
      arrivals({ duration: 240, arrivalCount: 24 }),
      Array.from({ length: 24 }, (_, i) => (i + 1) * 10_000),
    )
  })

  test('phases follow each other, pauses between them', () => {
    assert.deepEqual(
      arrivals({ duration: 2, arrivalRate: 1 }, { pause: '500ms' }, { duration: '1 sec', arrivalCount: 2 }),
      [1000, 2000, 3000, 3500],
    )
  })

  test('a rate may be a fraction', () => {
    assert.deepEqual(arrivals({ duration: 6, arrivalRate: 0.5 }), [2000, 4000, 6000])
    assert.equal(arrivals({ duration: 30, arrivalRate: 0.1 }).length, 3)
  })

  test('a ramp has one more user in each second', () => {
    const times = arrivals({ duration: 10, arrivalRate: 1, rampTo: 10 })
    assert.deepEqual(perSecond(times), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('ramps go down, last one second, start from nothing, and lose nobody to rounding', () => {
    assert.deepEqual(perSecond(arrivals({ duration: 2, arrivalRate: 6, rampTo: 1 })), [6, 1])
    assert.equal(arrivals({ duration: 1, arrivalRate: 1, rampTo: 3 }).length, 2)
    assert.equal(arrivals({ duration: 4, rampTo: 3 }).length, 6)
    const slow = arrivals({ duration: 60, arrivalRate: 0.1, rampTo: 0.3 })
    assert.equal(slow.length, 12)
  })

  test('a Poisson phase has exponential gaps (Kolmogorov–Smirnov, 1 %)', () => {
    const times = arrivals({ duration: 600, arrivalRate: 5, mode: 'poisson' })
    const gaps = times.map((atMs, index) => atMs - (times[index - 1] ?? 0)).toSorted((a, b) => a - b)
    const distances = gaps.map((gap, index) => {
      const expected = 1 - Math.exp((-gap * 5) / 1000)
      return Math.max(Math.abs((index + 1) / gaps.length - expected), Math.abs(index / gaps.length - expected))
    })
    assert.ok(Math.max(...distances) < 1.63 / Math.sqrt(gaps.length), `distance ${Math.max(...distances)}`)
    assert.ok(Math.abs(times.length - 3000) < 4 * Math.sqrt(3000), String(times.length))
  })

  test('a count stays exact in Poisson mode', () => {
    const phase = parsePhase({ duration: 10, arrivalCount: 7, mode: 'poisson' }, 0, 'poisson')
    assert.equal([...timetable([phase])].length, 7)
  })

  test('the plan tells when each phase starts and how many users it has', () => {
    const phases = [{ duration: 3, arrivalRate: 2 }, { pause: 2 }, { duration: 1, arrivalCount: 4, name: 'peak' }]
    const planned = planPhases(phases.map((phase, index) => parsePhase(phase, index, 'uniform')))
    assert.deepEqual(
      planned.map(({ name, startMs, arrivals: count }) => [name, startMs, count]),
      [
        ['phase 1', 0, 6],
        ['phase 2', 3000, 0],
        ['peak', 5000, 4],
      ],
    )
  })

  test('a phase that cannot be planned is named with its key and value', () => {
    assert.throws(() => parsePhase({ duration: 1 }, 1, 'uniform'), {
      code: 'EK_LAB_SCRIPT_INVALID',
      message: /Phase 2 .*"arrivalRate"/,
    })
    assert.throws(() => parsePhase({ duration: 0, arrivalRate: 1 }, 0, 'uniform'), {
      message: /"duration".*received 0/,
    })
    assert.throws(() => parsePhase({ duration: 1, arrivalRate: '{{ $env.RATE }}' }, 0, 'uniform'), {
      message: /\$env\.RATE/,
    })
  })
})
