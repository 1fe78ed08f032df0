import type { BurstPlan } from './burst.ts'
import type { ComparisonSettings } from './comparison-result.ts'

/**
 * What a server of ours is loaded with after its start, before the burst that counts; undefined when it is not warmed. One request
 * comes as fast as it is answered, also when the bursts have a planned rate: it is the requests that make a process warm. Users of a
 * script come at their rate, because they may use up data.
 */
export function warmUpPlan(
  plan: BurstPlan,
  { warmUpMs = 0, script }: Pick<ComparisonSettings, 'warmUpMs' | 'script'>,
): BurstPlan | undefined {
  if (warmUpMs === 0) return undefined
  if (plan.kind === 'request') {
    const { requestRate: _rate, ...request } = plan
    return { ...request, durationMs: warmUpMs }
  }
  const arrivalCount = Math.max(1, Math.round(((script?.usersPerSecond ?? 0) * warmUpMs) / 1000))
  const phase = { kind: 'count', name: 'warm-up', durationMs: warmUpMs, arrivalCount, maxUsers: undefined } as const
  return { kind: 'script', script: { ...plan.script, phases: [phase] } }
}
