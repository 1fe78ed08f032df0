import { studentTCdf, studentTQuantile } from './distributions.ts'
import type { Estimate } from './estimate.ts'
import type { Summary } from './summary.ts'

/**
 * Compares two samples that were not taken in pairs: runs of other days, or figures someone wrote down as mean ± deviation.
 * Welch's interval for the difference of logarithms, the deviations carried over to the logarithm by the delta method.
 * Means must be above zero; fewer than two values on a side give an infinite interval.
 */
export function welchEstimate(a: Summary, b: Summary, confidence = 0.95): Estimate {
  const logRatio = Math.log(b.mean / a.mean)
  const replicates = Math.min(a.count, b.count)
  if (replicates < 2) return withoutInterval(logRatio, confidence, replicates)
  const varianceA = (a.deviation / a.mean) ** 2 / a.count
  const varianceB = (b.deviation / b.mean) ** 2 / b.count
  const standardError = Math.sqrt(varianceA + varianceB)
  if (standardError === 0) return withoutSpread(logRatio, confidence, replicates)
  const degreesOfFreedom =
    (varianceA + varianceB) ** 2 / (varianceA ** 2 / (a.count - 1) + varianceB ** 2 / (b.count - 1))
  const half = studentTQuantile(1 - (1 - confidence) / 2, degreesOfFreedom) * standardError
  return {
    method: 'welch',
    logRatio,
    low: logRatio - half,
    high: logRatio + half,
    confidence,
    pValue: 2 * studentTCdf(-Math.abs(logRatio) / standardError, degreesOfFreedom),
    standardError,
    degreesOfFreedom,
    replicates,
  }
}

function withoutInterval(logRatio: number, confidence: number, replicates: number): Estimate {
  const unknown = { low: -Infinity, high: Infinity, pValue: 1, standardError: Infinity, degreesOfFreedom: 1 }
  return { method: 'welch', logRatio, confidence, replicates, ...unknown }
}

function withoutSpread(logRatio: number, confidence: number, replicates: number): Estimate {
  const exact = { low: logRatio, high: logRatio, standardError: 0, degreesOfFreedom: 2 * replicates - 2 }
  return { method: 'welch', logRatio, confidence, replicates, pValue: logRatio === 0 ? 1 : 0, ...exact }
}
