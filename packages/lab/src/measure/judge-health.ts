import type { HealthReason, HealthSample } from '../result/generator-health.ts'
import type { LatencyHistogram } from '../result/latency-histogram.ts'
import { isPercentileSupported } from '../result/percentile-support.ts'

export interface HealthLimits {
  /** Largest p99 of the start delay that is still honest, in milliseconds. */
  readonly sendLagMs: number
  /** Least share of the intended arrivals that has to start. */
  readonly achievedPercent: number
}

export interface HealthFacts {
  readonly intended: number
  readonly arrivals: number
  /** False for a closed run as fast as it can: it is meant to use all of a core. */
  readonly paced: boolean
  /** Of the missing, those for which the server left no connection free. */
  readonly blocked?: number
  readonly sendLag: LatencyHistogram
  readonly samples: readonly HealthSample[]
  readonly portErrors: number
  readonly limits: HealthLimits
}

/** Consecutive seconds after which a busy event loop or machine is no accident. */
const busySeconds = 3
const busyLoopShare = 0.85
const busyHostShare = 0.9
const stealShare = 0.05
/** Lag this many times over its limit means that the figures are the generator's. */
const severeLagFactor = 10

/** What kept the generator from its plan, worst first. Nothing for a run that was sent as planned. */
export function judgeHealth(facts: HealthFacts): readonly HealthReason[] {
  const reasons = [
    missingArrivals(facts),
    lag(facts),
    busyLoop(facts),
    busyHost(facts),
    steal(facts),
    exhaustedPorts(facts),
  ]
  return reasons
    .filter((reason) => reason !== undefined)
    .toSorted((left, right) => Number(right.verdict === 'limited') - Number(left.verdict === 'limited'))
}

function missingArrivals(facts: HealthFacts): HealthReason | undefined {
  const { intended, arrivals, limits } = facts
  if (intended === 0) return undefined
  const percent = (arrivals / intended) * 100
  // Half of what is tolerated is worth a word: with the usual limit of 99 %, a plan that is kept is kept within 0.5 %.
  if (percent >= (100 + limits.achievedPercent) / 2) return undefined
  if (isServersDoing(facts))
    return {
      code: 'connections-busy',
      verdict: 'degraded',
      message: `only ${arrivals} of ${intended} intended requests (${percent.toFixed(1)} %) could be sent: every connection waited for the server; more connections would show whether it can do more`,
    }
  return {
    code: 'arrivals-missing',
    verdict: percent < limits.achievedPercent ? 'limited' : 'degraded',
    message: `only ${arrivals} of ${intended} intended starts (${percent.toFixed(1)} %) were achieved`,
  }
}

/** Most of what is missing had no connection to go by, and the generator had time to read the answers. */
function isServersDoing({ intended, arrivals, blocked = 0, samples }: HealthFacts): boolean {
  const busy = samples.filter((sample) => sample.eventLoopUtilization > busyLoopShare).length
  return blocked * 2 > intended - arrivals && busy * 2 <= samples.length
}

/** By the highest percentile that the number of starts supports: one hiccup among ten starts says nothing about the generator. */
function lag({ sendLag, limits }: HealthFacts): HealthReason | undefined {
  const percent = [99, 95].find((each) => isPercentileSupported(each, sendLag.count)) ?? 50
  const lagMs = sendLag.percentile(percent) / 1000
  if (lagMs <= limits.sendLagMs) return undefined
  return {
    code: 'send-lag',
    verdict: lagMs > limits.sendLagMs * severeLagFactor ? 'limited' : 'degraded',
    message: `starts were late: p${percent} ${lagMs.toFixed(1)} ms, limit ${limits.sendLagMs} ms`,
  }
}

function busyLoop({ samples, paced }: HealthFacts): HealthReason | undefined {
  const streak = longestStreak(samples, (sample) => sample.eventLoopUtilization > busyLoopShare)
  if (!paced || streak < busySeconds) return undefined
  return {
    code: 'event-loop-busy',
    verdict: 'degraded',
    message: `the generator's event loop was over ${busyLoopShare * 100} % busy for ${streak} s`,
  }
}

function busyHost({ samples, paced }: HealthFacts): HealthReason | undefined {
  const streak = longestStreak(samples, (sample) => (sample.hostCpuShare ?? 0) > busyHostShare)
  if (!paced || streak < busySeconds) return undefined
  return {
    code: 'host-cpu',
    verdict: 'degraded',
    message: `the generator's machine was over ${busyHostShare * 100} % busy for ${streak} s`,
  }
}

function steal({ samples }: HealthFacts): HealthReason | undefined {
  const streak = longestStreak(samples, (sample) => (sample.hostStealShare ?? 0) > stealShare)
  if (streak < busySeconds) return undefined
  return {
    code: 'host-steal',
    verdict: 'degraded',
    message: `the hypervisor took over ${stealShare * 100} % of the CPU for ${streak} s`,
  }
}

function exhaustedPorts({ portErrors }: HealthFacts): HealthReason | undefined {
  if (portErrors === 0) return undefined
  return {
    code: 'ports-exhausted',
    verdict: 'limited',
    message: `the generator's machine ran out of local ports or file descriptors ${portErrors} times`,
  }
}

function longestStreak(samples: readonly HealthSample[], holds: (sample: HealthSample) => boolean): number {
  let longest = 0
  let current = 0
  for (const sample of samples) {
    current = holds(sample) ? current + 1 : 0
    longest = Math.max(longest, current)
  }
  return longest
}
