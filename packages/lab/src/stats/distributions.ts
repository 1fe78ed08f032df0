/** Cumulative distributions and quantiles that the intervals need. All are accurate to about 1e-10. */

/** P(Z ≤ x) of the standard normal. */
export function normalCdf(x: number): number {
  const half = x * x * 0.5
  const tail = half === 0 ? 0.5 : 0.5 * (1 - lowerGamma(half))
  return x <= 0 ? tail : 1 - tail
}

/** The x with normalCdf(x) = probability. */
export function normalQuantile(probability: number): number {
  return invert(normalCdf, probability, 40)
}

/** P(T ≤ t) of Student's t. */
export function studentTCdf(t: number, degreesOfFreedom: number): number {
  const square = t * t
  // The half that is not close to 1: subtracting there would lose the digits around t = 0.
  const tail =
    square > degreesOfFreedom
      ? 0.5 * regularizedBeta(degreesOfFreedom / (degreesOfFreedom + square), degreesOfFreedom / 2, 0.5)
      : 0.5 - 0.5 * regularizedBeta(square / (degreesOfFreedom + square), 0.5, degreesOfFreedom / 2)
  return t <= 0 ? tail : 1 - tail
}

/** The t with studentTCdf(t, degreesOfFreedom) = probability. */
export function studentTQuantile(probability: number, degreesOfFreedom: number): number {
  return invert((t) => studentTCdf(t, degreesOfFreedom), probability, 1e6)
}

/** P(X ≤ successes) of the binomial distribution. */
export function binomialCdf(successes: number, trials: number, probability: number): number {
  if (successes < 0) return 0
  if (successes >= trials) return 1
  return regularizedBeta(1 - probability, trials - successes, successes + 1)
}

/** I_x(a, b), by the continued fraction of DLMF 8.17.22 with Lentz's method. */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a)
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b))
  return (front / a) * betaFraction(x, a, b)
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m <= 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    const step = d * c
    fraction *= step
    if (Math.abs(step - 1) < 1e-14) break
  }
  return fraction
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value
}

/** P(1/2, x), the lower regularised incomplete gamma function, by its series or by its continued fraction (DLMF 8.11, 8.9). */
function lowerGamma(x: number): number {
  const front = Math.exp(-x + 0.5 * Math.log(x) - 0.5 * Math.log(Math.PI))
  return x < 1.5 ? front * gammaSeries(x) : 1 - front * gammaFraction(x)
}

function gammaSeries(x: number): number {
  let term = 2
  let sum = term
  for (let n = 1; n < 500 && term > sum * 1e-16; n++) {
    term *= x / (0.5 + n)
    sum += term
  }
  return sum
}

function gammaFraction(x: number): number {
  let b = x + 0.5
  let c = 1e300
  let d = 1 / b
  let fraction = d
  for (let n = 1; n < 500; n++) {
    const factor = -n * (n - 0.5)
    b += 2
    d = 1 / nonZero(factor * d + b)
    c = nonZero(b + factor / c)
    const step = d * c
    fraction *= step
    if (Math.abs(step - 1) < 1e-15) break
  }
  return fraction
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

/** ln Γ(x) for x > 0, by Lanczos' approximation (g = 7, 9 terms). */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const shifted = x - 1
  const t = shifted + 7.5
  const sum = lanczos.reduce((total, each, index) => total + (index === 0 ? each : each / (shifted + index)), 0)
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Bisection on a rising function; `bound` limits the search to [-bound, bound]. */
function invert(cdf: (x: number) => number, probability: number, bound: number): number {
  if (probability <= 0) return -Infinity
  if (probability >= 1) return Infinity
  let low = -bound
  let high = bound
  for (let step = 0; step < 200 && high - low > 1e-12 * Math.max(1, Math.abs(low)); step++) {
    const middle = (low + high) / 2
    if (cdf(middle) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}
