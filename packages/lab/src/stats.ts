/** Statistics of comparisons: pure functions that know nothing of HTTP. */
export { calibrate, type Calibration, type CalibrationOptions, type CalibrationWeakness } from './stats/calibration.ts'
export { cliffsDelta } from './stats/effect-size.ts'
export { asShare, type Estimate } from './stats/estimate.ts'
export { holm } from './stats/holm.ts'
export { failureImbalance, proportion, type Failures, type Proportion } from './stats/proportion.ts'
export { createRandom, shuffled, type Random } from './stats/random.ts'
export { signedRankEstimate } from './stats/signed-rank.ts'
export { effectiveCount, median, summarize, type Summary } from './stats/summary.ts'
export {
  judge,
  type Direction,
  type Verdict,
  type VerdictOptions,
  type VerdictStatus,
  type Wanted,
} from './stats/verdict.ts'
export { welchEstimate } from './stats/welch.ts'
