import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isPercentileSupported, LatencyHistogram, minimumSampleSize } from '../../src/result.ts'
import { seededRandom } from '../../src/util/random.ts'

/** Microseconds of a log-normal distribution, as response times are. */
function samples(count: number): number[] {
  const random = seededRandom(11)
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.round(Math.exp(8 + normal))
  })
}

function filled(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram()
  for (const value of values) histogram.record(value)
  return histogram
}

suite('the latency histogram', () => {
  test('percentiles of a million values are within 0.1 % of the exact ones', () => {
    const values = samples(1_000_000)
    const histogram = filled(values)
    const sorted = values.toSorted((a, b) => a - b)
    for (const percent of [50, 75, 90, 95, 99, 99.9]) {
      const exact = sorted[Math.ceil((percent / 100) * sorted.length - 1e-6) - 1] ?? 0
      const error = Math.abs(histogram.percentile(percent) - exact) / exact
      assert.ok(error <= 0.001, `p${percent}: ${histogram.percentile(percent)} for ${exact}`)
    }
  })

  test('percentiles of few values are by upper rank and never outside the smallest and largest', () => {
    const histogram = filled([27_000, 0, 7000])
    assert.equal(histogram.percentile(95), 27_000)
    assert.equal(histogram.percentile(99), 27_000)
    for (let percent = 0; percent <= 100; percent += 0.5) {
      const value = histogram.percentile(percent)
      assert.ok(value >= 0 && value <= 27_000, `p${percent}: ${value}`)
    }
    const narrow = filled([500_123, 500_124])
    assert.ok(narrow.percentile(50) >= 500_123 && narrow.percentile(50) <= 500_124)
  })

  test('adding two gives exactly the histogram of all values, through the encoding too', () => {
    const values = samples(20_000)
    const whole = filled(values)
    const parts = [filled(values.slice(0, 7000)), filled(values.slice(7000))].map((part) =>
      LatencyHistogram.decode(part.encode()),
    )
    const merged = LatencyHistogram.merged(parts)
    assert.deepEqual([...merged.buckets()], [...whole.buckets()])
    assert.deepEqual([merged.count, merged.min, merged.max, merged.sum], [whole.count, whole.min, whole.max, whole.sum])
    for (const percent of [1, 50, 99.9]) assert.equal(merged.percentile(percent), whole.percentile(percent))
  })

  test('empty, negative, fractional and very long times', () => {
    const empty = new LatencyHistogram()
    assert.deepEqual([empty.percentile(99), empty.min, empty.max, empty.mean], [0, 0, 0, 0])
    assert.deepEqual(LatencyHistogram.decode(empty.encode()).encode(), empty.encode())
    const odd = filled([-5, 0.4, 1.6, 7_200_000_000])
    assert.deepEqual([odd.min, odd.max, odd.count], [0, 7_200_000_000, 4])
    assert.equal(odd.percentile(100), 7_200_000_000)
  })

  test('the share at or below a value', () => {
    const histogram = filled([10, 20, 30, 40])
    assert.equal(histogram.shareAtOrBelow(20), 0.5)
    assert.equal(histogram.shareAtOrBelow(5), 0)
    assert.equal(histogram.shareAtOrBelow(100), 1)
  })
})

suite('sample sizes', () => {
  test('a percentile needs enough values for an upper bound of 95 %', () => {
    assert.deepEqual([95, 99, 99.9].map(minimumSampleSize), [59, 299, 2995])
    assert.equal(isPercentileSupported(99, 298), false)
    assert.equal(isPercentileSupported(99, 299), true)
  })
})
