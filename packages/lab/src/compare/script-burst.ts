import { LabError } from '../errors/lab-error.ts'
import type { ResolvedScript } from '../script/resolved-script.ts'
import type { ScriptBurst } from './burst.ts'

export interface ScriptBurstOptions {
  readonly burstMs: number
  /** Default: what the script's phases come to, pauses left out. */
  readonly usersPerSecond: number | undefined
}

export interface PlannedScriptBurst {
  readonly plan: ScriptBurst
  readonly usersPerSecond: number
}

/**
 * The scenarios of a script as the load of a burst: users at one steady rate instead of the script's phases, so that all bursts are
 * alike. `before` and `after` run for each burst.
 * @throws LabError `EK_LAB_COMPARE` when a burst would have no user.
 */
export function scriptBurst(script: ResolvedScript, options: ScriptBurstOptions): PlannedScriptBurst {
  const { burstMs } = options
  const usersPerSecond = options.usersPerSecond ?? meanRate(script)
  const arrivalCount = Math.round((usersPerSecond * burstMs) / 1000)
  if (arrivalCount < 1)
    throw new LabError(
      'EK_LAB_COMPARE',
      `A burst of ${burstMs} ms has no user of "${script.name}" at ${usersPerSecond} users per second`,
      { hint: 'make --burst longer or --rate higher' },
    )
  const phase = { kind: 'count', name: 'burst', durationMs: burstMs, arrivalCount, maxUsers: undefined } as const
  return { plan: { kind: 'script', script: { ...script, phases: [phase] } }, usersPerSecond }
}

function meanRate({ phases }: ResolvedScript): number {
  let users = 0
  let seconds = 0
  for (const phase of phases) {
    const phaseSeconds = phase.durationMs / 1000
    if (phase.kind === 'pause') continue
    seconds += phaseSeconds
    if (phase.kind === 'count') users += phase.arrivalCount
    else if (phase.kind === 'rate') users += phase.arrivalRate * phaseSeconds
    else users += ((phase.arrivalRate + phase.rampTo) / 2) * phaseSeconds
  }
  return seconds === 0 ? 0 : users / seconds
}
