import type { LogStep, ThinkStep } from '../../script/step.ts'
import { compileValue } from '../../script/template.ts'
import { parseDurationMs } from '../../util/duration.ts'
import type { Random } from '../../util/random.ts'
import { toText } from '../../util/to-text.ts'
import type { RunEnvironment } from '../run-environment.ts'
import { UserFailure } from '../user-failure.ts'
import type { RunStep } from './run-step.ts'

/** Pauses a user. A number is seconds, fractions included; a text may name its unit. */
export function compileThink(step: ThinkStep, environment: RunEnvironment): RunStep {
  const duration = compileValue(step.duration)
  const jitter = compileValue(step.jitter ?? environment.script.http.thinkJitter)
  return async (user) => {
    const given = duration.fill(user.scope)
    const durationMs = parseDurationMs(given)
    if (durationMs === undefined)
      throw new UserFailure('Invalid think time', `${step.place}: a pause of "${toText(given)}" is no duration`)
    await user.pause(jittered(durationMs, jitter.fill(user.scope), environment.random))
  }
}

/** `20%` is ± 20 % of the pause, `100` and `"100ms"` are ± 100 ms; never below 0. */
function jittered(durationMs: number, jitter: unknown, random: Random): number {
  if (jitter === undefined || jitter === null) return durationMs
  const text = toText(jitter).trim()
  const share = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1]
  const spreadMs = share !== undefined ? (durationMs * Number(share)) / 100 : spreadOf(text)
  return Math.max(0, durationMs + (random() * 2 - 1) * spreadMs)
}

/** A bare number of a jitter is milliseconds, unlike that of a pause. */
function spreadOf(text: string): number {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : (parseDurationMs(text) ?? 0)
}

export function compileLog(step: LogStep): RunStep {
  const text = compileValue(step.text)
  return (user) => user.environment.log(toText(text.fill(user.scope)))
}
