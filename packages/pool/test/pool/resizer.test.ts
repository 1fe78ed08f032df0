import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Resizer } from '../../src/pool/resizer.ts'

const options = { minHosts: 1, maxHosts: 3, targetMs: 50, growAfterMs: 2_000, shrinkAfterMs: 60_000 }

/** Feeds one sample a second and returns the size after each. */
function sizes(samples: readonly { waitP90Ms: number; utilisation: number }[], start: number): number[] {
  const resizer = new Resizer(options)
  let size = start
  return samples.map((sample, second) => {
    resizer.observe({ nowMs: second * 1_000, ...sample }, { size, resize: (next) => (size = next) })
    return size
  })
}

const late = { waitP90Ms: 80, utilisation: 1 }
const quiet = { waitP90Ms: 0, utilisation: 0.1 }
const busy = { waitP90Ms: 10, utilisation: 0.6 }

test('a lasting delay adds hosts one at a time up to the most', () => {
  assert.deepEqual(sizes([late, late, late, late, late, late, late, late], 1), [1, 1, 2, 2, 3, 3, 3, 3])
})

test('a delay that comes and goes adds none', () => {
  assert.deepEqual(sizes([late, late, busy, late, late, busy, late], 1), [1, 1, 1, 1, 1, 1, 1])
})

test('a long quiet takes hosts away one at a time down to the least', () => {
  const shrinking = sizes(
    Array.from({ length: 200 }, () => quiet),
    3,
  )
  assert.deepEqual([shrinking[59], shrinking[60], shrinking[119], shrinking[120], shrinking[199]], [3, 2, 2, 1, 1])
})

test('work in between starts the quiet anew', () => {
  const samples = Array.from({ length: 100 }, (_, second) => (second === 50 ? busy : quiet))
  assert.equal(sizes(samples, 2).at(-1), 2)
})
