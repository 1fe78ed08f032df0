import { LabError, type Finding } from '../errors/lab-error.ts'
import { parseDurationMs } from '../util/duration.ts'
import type { PlainRecord } from '../util/records.ts'

export type ArrivalProcess = 'uniform' | 'poisson'

interface PhaseBase {
  readonly name: string
  readonly durationMs: number
}

interface ArrivalPhase extends PhaseBase {
  /** Arrivals while this many users are active are skipped. */
  readonly maxUsers: number | undefined
}

interface PausePhase extends PhaseBase {
  readonly kind: 'pause'
}

export interface CountPhase extends ArrivalPhase {
  readonly kind: 'count'
  readonly arrivalCount: number
}

interface RatePhase extends ArrivalPhase {
  readonly kind: 'rate'
  /** Users per second; fractions are fine. */
  readonly arrivalRate: number
  readonly process: ArrivalProcess
}

export interface RampPhase extends ArrivalPhase {
  readonly kind: 'ramp'
  readonly arrivalRate: number
  readonly rampTo: number
}

export type PhaseDefinition = PausePhase | CountPhase | RatePhase | RampPhase

/** What a script without phases does: one user. */
export const singleUserPhase: CountPhase = {
  kind: 'count',
  name: 'single user',
  durationMs: 1000,
  arrivalCount: 1,
  maxUsers: undefined,
}

/**
 * Reads a phase whose configuration templates are filled.
 * @throws LabError `EK_LAB_SCRIPT_INVALID` naming the key and its value.
 */
export function parsePhase(record: PlainRecord, index: number, defaultProcess: ArrivalProcess): PhaseDefinition {
  const name = typeof record['name'] === 'string' ? record['name'] : `phase ${index + 1}`
  const read = new PhaseReader(record, index)
  if (record['pause'] !== undefined) return { kind: 'pause', name, durationMs: read.duration('pause') }
  const durationMs = read.duration('duration')
  const maxUsers = read.optionalNumber('maxVusers')
  const arrivalCount = read.optionalNumber('arrivalCount')
  if (arrivalCount !== undefined)
    return { kind: 'count', name, durationMs, arrivalCount: Math.round(arrivalCount), maxUsers }
  const arrivalRate = read.optionalNumber('arrivalRate') ?? 0
  const rampTo = read.optionalNumber('rampTo')
  if (rampTo !== undefined) return { kind: 'ramp', name, durationMs, arrivalRate, rampTo, maxUsers }
  if (record['arrivalRate'] === undefined)
    read.fail('arrivalRate', 'one of "arrivalRate", "arrivalCount" or "pause" must be given')
  if (arrivalRate === 0) return { kind: 'pause', name, durationMs }
  const process = record['mode'] === 'poisson' || record['mode'] === 'uniform' ? record['mode'] : defaultProcess
  return { kind: 'rate', name, durationMs, arrivalRate, process, maxUsers }
}

const arrivalKeys = ['pause', 'arrivalCount', 'rampTo', 'arrivalRate'] as const

/** Says which of several kinds of arrivals counts. A phase gets two when an environment's phase is merged over one of another kind. */
export function phaseFindings(record: PlainRecord, index: number): readonly Finding[] {
  const [used, ...others] = arrivalKeys.filter((key) => record[key] !== undefined)
  const ignored = others.filter((key) => !(used === 'rampTo' && key === 'arrivalRate'))
  if (used === undefined || ignored.length === 0) return []
  const quoted = ignored.map((key) => `"${key}"`).join(' and ')
  return [{ message: `Phase ${index + 1} has "${used}", so that ${quoted} beside it counts for nothing` }]
}

class PhaseReader {
  readonly #record: PlainRecord
  readonly #index: number

  constructor(record: PlainRecord, index: number) {
    this.#record = record
    this.#index = index
  }

  duration(key: string): number {
    const durationMs = parseDurationMs(this.#record[key])
    if (durationMs === undefined || durationMs <= 0) this.fail(key, 'a duration above 0 is needed')
    return durationMs
  }

  optionalNumber(key: string): number | undefined {
    const value = this.#record[key]
    if (value === undefined || value === null) return undefined
    const number = Number(value)
    if (!Number.isFinite(number) || number < 0 || value === '') this.fail(key, 'a number of 0 or more is needed')
    return number
  }

  fail(key: string, message: string): never {
    const received = JSON.stringify(this.#record[key]) ?? 'nothing'
    throw new LabError(
      'EK_LAB_SCRIPT_INVALID',
      `Phase ${this.#index + 1} cannot be planned: "${key}": ${message}, received ${received}`,
    )
  }
}

/** Durations divided by a factor, for a trial run of a long plan. Counts stay, rates rise. */
export function scalePhase(phase: PhaseDefinition, factor: number): PhaseDefinition {
  const durationMs = phase.durationMs / factor
  if (phase.kind === 'rate') return { ...phase, durationMs, arrivalRate: phase.arrivalRate * factor }
  if (phase.kind === 'ramp')
    return { ...phase, durationMs, arrivalRate: phase.arrivalRate * factor, rampTo: phase.rampTo * factor }
  return { ...phase, durationMs }
}
