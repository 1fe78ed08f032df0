import type { PlannedPhase } from '../result/result-plan.ts'
import type { PhaseDefinition, RampPhase } from '../script/phase.ts'
import { seededRandom, type Random } from '../util/random.ts'

/** One planned start of a user, in milliseconds from the start of the run. */
export interface Arrival {
  /** Counts over the whole plan. */
  readonly index: number
  readonly atMs: number
  readonly phase: number
}

const defaultSeed = 1

/**
 * When each user starts. The same phases and seed give the same timetable in every thread and on every machine, so that several
 * generators can each take their share of it.
 */
export function* timetable(phases: readonly PhaseDefinition[], seed: number = defaultSeed): Generator<Arrival> {
  const random = seededRandom(seed)
  let index = 0
  let phaseStartMs = 0
  for (const [phase, definition] of phases.entries()) {
    for (const offsetMs of offsets(definition, random)) yield { index: index++, atMs: phaseStartMs + offsetMs, phase }
    phaseStartMs += definition.durationMs
  }
}

/** Starts of one phase from its beginning. The first comes one interval in, the last at the end. */
function offsets(phase: PhaseDefinition, random: Random): Iterable<number> {
  switch (phase.kind) {
    case 'pause':
      return []
    case 'count':
      return evenly(phase.arrivalCount, phase.durationMs)
    case 'rate':
      return phase.process === 'poisson'
        ? poisson(phase.arrivalRate, phase.durationMs, random)
        : atRate(phase.arrivalRate, phase.durationMs)
    case 'ramp':
      return ramp(phase)
  }
}

function* evenly(count: number, durationMs: number): Generator<number> {
  for (let index = 1; index <= count; index++) yield (index * durationMs) / count
}

function* atRate(perSecond: number, durationMs: number): Generator<number> {
  const count = countAtRate(perSecond, durationMs)
  for (let index = 1; index <= count; index++) yield (index * 1000) / perSecond
}

/** The small addition keeps 0.1/s over 30 s at three arrivals although the product is 2.999… in binary. */
function countAtRate(perSecond: number, durationMs: number): number {
  return Math.floor((perSecond * durationMs) / 1000 + 1e-9)
}

/** Exponential gaps: what independent users look like. */
function* poisson(perSecond: number, durationMs: number, random: Random): Generator<number> {
  for (let atMs = 0; ;) {
    atMs += (-Math.log(1 - random()) * 1000) / perSecond
    if (atMs > durationMs) return
    yield atMs
  }
}

/**
 * One rate for each second, from `arrivalRate` in the first to `rampTo` in the last (a single second has the mean). Fractions are
 * carried over to the next second, so a slow ramp loses nobody; with whole numbers the counts are those of Artillery.
 */
function* ramp(phase: RampPhase): Generator<number> {
  let carried = 0
  for (const [second, rate] of rampRates(phase).entries()) {
    const due = rate + carried
    const count = Math.floor(due + 0.5 + 1e-9)
    carried = due - count
    const spanMs = Math.min(1000, phase.durationMs - second * 1000)
    for (let index = 1; index <= count; index++) yield second * 1000 + (index * spanMs) / count
  }
}

function rampRates({ arrivalRate, rampTo, durationMs }: RampPhase): readonly number[] {
  const seconds = Math.ceil(durationMs / 1000)
  if (seconds <= 1) return [((arrivalRate + rampTo) / 2) * (durationMs / 1000)]
  return Array.from({ length: seconds }, (_, second) => {
    const share = Math.min(1, durationMs / 1000 - second)
    return (arrivalRate + ((rampTo - arrivalRate) * second) / (seconds - 1)) * share
  })
}

/** The phases with their place in time and the number of starts in each. */
export function planPhases(phases: readonly PhaseDefinition[], seed: number = defaultSeed): readonly PlannedPhase[] {
  const counts = phases.map(() => 0)
  for (const { phase } of timetable(phases, seed)) counts[phase] = (counts[phase] ?? 0) + 1
  let startMs = 0
  return phases.map((phase, index) => {
    const planned = { startMs, arrivals: counts[index] ?? 0, ...describe(phase) }
    startMs += phase.durationMs
    return planned
  })
}

function describe(phase: PhaseDefinition): Omit<PlannedPhase, 'startMs' | 'arrivals'> {
  const { kind, name, durationMs } = phase
  if (phase.kind === 'pause') return { kind, name, durationMs }
  const limit = phase.maxUsers === undefined ? {} : { maxUsers: phase.maxUsers }
  if (phase.kind === 'count') return { kind, name, durationMs, arrivalCount: phase.arrivalCount, ...limit }
  if (phase.kind === 'ramp')
    return { kind, name, durationMs, arrivalRate: phase.arrivalRate, rampTo: phase.rampTo, ...limit }
  return { kind, name, durationMs, arrivalRate: phase.arrivalRate, arrivalProcess: phase.process, ...limit }
}
