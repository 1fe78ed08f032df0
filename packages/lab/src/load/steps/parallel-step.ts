import type { ParallelStep } from '../../script/step.ts'
import { runSteps, type RunStep } from './run-step.ts'

/** Runs steps side by side, at most `limit` at a time. The first failure fails the user once all that had started are done. */
export function compileParallel(step: ParallelStep, steps: readonly RunStep[]): RunStep {
  const limit = Number.isFinite(step.limit) && step.limit > 0 ? step.limit : steps.length
  return async (user) => {
    const queue = [...steps]
    const failures: unknown[] = []
    async function lane(): Promise<void> {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (failures.length > 0) return
        await runSteps([next], user).catch((error: unknown) => failures.push(error))
      }
    }
    await Promise.all(Array.from({ length: Math.min(limit, steps.length) }, () => lane()))
    if (failures.length > 0) throw failures[0]
  }
}
