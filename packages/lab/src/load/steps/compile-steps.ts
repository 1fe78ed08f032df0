import { LabError } from '../../errors/lab-error.ts'
import type { Scenario, Step } from '../../script/step.ts'
import type { RunEnvironment } from '../run-environment.ts'
import { compileSend } from '../ws/send-step.ts'
import { compileCondition } from './condition.ts'
import { compileFunction } from './function-step.ts'
import { compileLoop } from './loop-step.ts'
import { compileParallel } from './parallel-step.ts'
import { compileRequest } from './request-step.ts'
import { compileLog, compileThink } from './simple-steps.ts'
import type { RunStep } from './run-step.ts'

export interface CompileContext {
  readonly scenario: Scenario
  readonly environment: RunEnvironment
}

/** Makes the steps of a scenario ready to run. */
export function compileSteps(steps: readonly Step[], context: CompileContext): readonly RunStep[] {
  return steps.filter((step) => step.kind !== 'connect').map((step) => compileStep(step, context))
}

function compileStep(step: Step, context: CompileContext): RunStep {
  const run = compileByKind(step, context)
  const holds = compileCondition(step, context.environment)
  if (holds === undefined) return run
  return async (user) => {
    if (await holds(user)) await run(user)
  }
}

function compileByKind(step: Step, context: CompileContext): RunStep {
  switch (step.kind) {
    case 'request':
      return compileRequest(step, context)
    case 'think':
      return compileThink(step, context.environment)
    case 'log':
      return compileLog(step)
    case 'function':
      return compileFunction(step, context.environment)
    case 'loop':
      return compileLoop(step, compileSteps(step.steps, context), context.environment)
    case 'parallel':
      return compileParallel(step, compileSteps(step.steps, context))
    case 'send':
      return compileSend(step, context)
    case 'connect':
      throw new LabError('EK_LAB_SCRIPT_INVALID', `${step.place}: "connect" stands only at the start of a scenario`)
  }
}
