import { test } from 'node:test'
import assert from 'node:assert/strict'
import { binomialCdf, normalCdf, normalQuantile, studentTCdf, studentTQuantile } from '../../src/stats/distributions.ts'

function close(actual: number, expected: number, tolerance = 1e-6): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`)
}

test('the normal distribution matches printed tables', () => {
  close(normalCdf(0), 0.5)
  close(normalCdf(1.96), 0.9750021, 1e-7)
  close(normalCdf(-3), 0.0013498980316, 1e-12)
  close(normalCdf(6), 1 - 9.8658764503e-10, 1e-15)
  close(normalQuantile(0.975), 1.959963984540054, 1e-9)
  close(normalQuantile(0.8), 0.8416212335729143, 1e-9)
  close(normalQuantile(1e-6), -4.753424308822899, 1e-6)
})

test("Student's t matches printed tables", () => {
  close(studentTQuantile(0.975, 1), 12.706204736, 1e-6)
  close(studentTQuantile(0.975, 9), 2.262157163, 1e-7)
  close(studentTQuantile(0.975, 18), 2.10092204, 1e-7)
  close(studentTQuantile(0.995, 30), 2.749995654, 1e-7)
  close(studentTCdf(-1.3, 18), 0.105, 2e-4)
  close(studentTCdf(2, 1e7), normalCdf(2), 1e-6)
})

test('quantiles invert their distributions', () => {
  for (const probability of [0.001, 0.05, 0.5, 0.9, 0.9999]) {
    close(normalCdf(normalQuantile(probability)), probability, 1e-10)
    close(studentTCdf(studentTQuantile(probability, 4), 4), probability, 1e-10)
  }
})

test('the binomial distribution equals the sum of its terms', () => {
  const terms = [1, 10, 45, 120, 210, 252].map((ways, k) => ways * 0.3 ** k * 0.7 ** (10 - k))
  close(
    binomialCdf(5, 10, 0.3),
    terms.reduce((sum, term) => sum + term, 0),
    1e-12,
  )
  assert.equal(binomialCdf(-1, 10, 0.3), 0)
  assert.equal(binomialCdf(10, 10, 0.3), 1)
})
