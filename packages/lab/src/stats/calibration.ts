import type { Estimate } from './estimate.ts'
import { proportion, type Proportion } from './proportion.ts'
import { createRandom, shuffled } from './random.ts'
import { signedRankEstimate } from './signed-rank.ts'
import { judge } from './verdict.ts'

/** What comparing a server with itself says about this machine and this set-up. */
export interface Calibration {
  /** Of all blocks together. A good set-up calls it equivalent or inconclusive. */
  readonly whole: Estimate
  /** How often a comparison of `subsetBlocks` blocks, drawn from those measured, would have called a difference. */
  readonly falseAlarms: Proportion
  readonly subsetBlocks: number
  /** The smallest true change that all blocks together find in four of five comparisons. */
  readonly minimumDetectableShare: number
  /** Whether verdicts can be believed, and say something: neither biased nor coarse. */
  readonly trustworthy: boolean
  /** Why not; absent when they can. */
  readonly weakness?: CalibrationWeakness
}

/**
 * `biased`: more false alarms than the confidence promised allows; something favours one position or one process. `coarse`: only
 * changes above 25 % are found, so that the silence of a comparison says nothing about those that matter.
 */
export type CalibrationWeakness = 'biased' | 'coarse'

const coarseShare = 0.25

export interface CalibrationOptions {
  /** Default 0.02. */
  readonly marginShare?: number
  /** How many comparisons to draw. Default 400. */
  readonly draws?: number
  /** Default 1. */
  readonly seed?: number
}

/**
 * Reads an A/A comparison. Signs stay as measured: swapping them at random would make the rate right by construction and hide
 * exactly the bias this is to find.
 */
export function calibrate(logRatios: readonly number[], options: CalibrationOptions = {}): Calibration {
  const { marginShare = 0.02, draws = 400, seed = 1 } = options
  const subsetBlocks = Math.max(Math.min(6, logRatios.length), Math.floor(logRatios.length / 2))
  const random = createRandom(seed)
  let alarms = 0
  for (let draw = 0; draw < draws; draw++) {
    const subset = shuffled(logRatios, random).slice(0, subsetBlocks)
    if (isAlarm(signedRankEstimate(subset), marginShare)) alarms++
  }
  const whole = signedRankEstimate(logRatios)
  const { minimumDetectableShare } = judge(whole, { direction: 'lower-is-better', marginShare })
  const isBiased = isAlarm(whole, marginShare) || alarms / draws > 0.1
  const weakness = isBiased ? 'biased' : minimumDetectableShare > coarseShare ? 'coarse' : undefined
  return {
    whole,
    falseAlarms: proportion(alarms, draws),
    subsetBlocks,
    minimumDetectableShare,
    trustworthy: weakness === undefined,
    ...(weakness === undefined ? {} : { weakness }),
  }
}

function isAlarm(estimate: Estimate, marginShare: number): boolean {
  const { status } = judge(estimate, { direction: 'lower-is-better', marginShare })
  return status === 'faster' || status === 'slower'
}
