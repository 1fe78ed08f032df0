import { healthVerdicts, type GeneratorHealth, type HealthSample } from '../result/generator-health.ts'
import type { LabResult } from '../result/lab-result.ts'
import { addHistograms, groupBy, sum } from './add.ts'

/** The health of several generators: as bad as the worst, each reason with the generator it comes from. */
export function mergeHealth(
  all: readonly { readonly result: LabResult; readonly offsetMs: number }[],
): GeneratorHealth {
  const healths = all.map(({ result }) => result.generator)
  const worst = Math.max(...healths.map((health) => healthVerdicts.indexOf(health.verdict)))
  return {
    verdict: healthVerdicts[worst] ?? 'ok',
    reasons: all.flatMap(({ result }) => {
      const name = result.meta.generators.map((each) => each.hostname).join(', ')
      return result.generator.reasons.map((reason) => ({ ...reason, message: `${name}: ${reason.message}` }))
    }),
    intendedArrivals: sum(healths.map((health) => health.intendedArrivals)),
    arrivals: sum(healths.map((health) => health.arrivals)),
    sendLag: addHistograms(healths.map((health) => health.sendLag)),
    eventLoopDelay: addHistograms(healths.map((health) => health.eventLoopDelay)),
    cpuMs: sum(healths.map((health) => health.cpuMs)),
    peakRssBytes: sum(healths.map((health) => health.peakRssBytes)),
    gcMs: sum(healths.map((health) => health.gcMs)),
    samples: mergeSamples(all),
  }
}

/** One sample a second: of each figure the worst generator's, of memory and garbage collection the sum. */
function mergeSamples(all: readonly { readonly result: LabResult; readonly offsetMs: number }[]): HealthSample[] {
  const shifted = all.flatMap(({ result, offsetMs }) =>
    result.generator.samples.map((sample) => ({ ...sample, atMs: Math.max(0, sample.atMs + offsetMs) })),
  )
  const groups = groupBy(shifted, (sample) => String(Math.round(sample.atMs / 1000)))
  return groups.map((group) => mergeMoment(group)).toSorted((a, b) => a.atMs - b.atMs)
}

function mergeMoment(group: readonly HealthSample[]): HealthSample {
  const worst = (pick: (sample: HealthSample) => number | undefined): number | undefined => {
    const values = group.map((sample) => pick(sample)).filter((value) => value !== undefined)
    return values.length === 0 ? undefined : Math.max(...values)
  }
  const hostCpuShare = worst((sample) => sample.hostCpuShare)
  const hostStealShare = worst((sample) => sample.hostStealShare)
  return {
    atMs: Math.min(...group.map((sample) => sample.atMs)),
    eventLoopUtilization: worst((sample) => sample.eventLoopUtilization) ?? 0,
    eventLoopDelayMaxUs: worst((sample) => sample.eventLoopDelayMaxUs) ?? 0,
    cpuShare: worst((sample) => sample.cpuShare) ?? 0,
    ...(hostCpuShare === undefined ? {} : { hostCpuShare }),
    ...(hostStealShare === undefined ? {} : { hostStealShare }),
    rssBytes: sum(group.map((sample) => sample.rssBytes)),
    gcMs: sum(group.map((sample) => sample.gcMs)),
    sendLagMaxUs: worst((sample) => sample.sendLagMaxUs) ?? 0,
  }
}
