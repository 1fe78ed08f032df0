import { findHook } from '../../script/processor.ts'
import type { FunctionStep } from '../../script/step.ts'
import { callUserHook } from '../call-user-hook.ts'
import type { RunEnvironment } from '../run-environment.ts'
import type { RunStep } from './run-step.ts'

/** A function that the processor does not have is counted as an error; the user goes on. */
export function compileFunction(step: FunctionStep, environment: RunEnvironment): RunStep {
  const { clock, script, recorder, events } = environment
  const hook = findHook(script.processor, step.hook)
  const name = typeof step.hook === 'string' ? step.hook : step.hook.name
  if (hook === undefined)
    return () => {
      const message = `Undefined function "${name}"`
      recorder.error({ code: message, message }, clock.nowMs())
    }
  return async (user) => {
    await callUserHook(user, step.hook, [user.context, events])
  }
}
