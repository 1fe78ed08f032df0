import { parseExpression } from '../../script/expression.ts'
import { findHook } from '../../script/processor.ts'
import type { Step } from '../../script/step.ts'
import { callUserHook } from '../call-user-hook.ts'
import type { RunEnvironment } from '../run-environment.ts'
import type { User } from '../user.ts'

type Condition = (user: User) => boolean | Promise<boolean>

/** `ifTrue` and `probability` of a step; undefined when it has neither. */
export function compileCondition(step: Step, environment: RunEnvironment): Condition | undefined {
  const conditions = [ifTrue(step, environment), probability(step, environment)].filter((each) => each !== undefined)
  if (conditions.length === 0) return undefined
  return async (user) => {
    for (const condition of conditions) if (!(await condition(user))) return false
    return true
  }
}

/** The name of a processor function, or an expression over the user's variables. */
function ifTrue(step: Step, environment: RunEnvironment): Condition | undefined {
  if (step.ifTrue === undefined) return undefined
  const hook = findHook(environment.script.processor, step.ifTrue)
  const name = step.ifTrue
  if (hook !== undefined) return async (user) => Boolean(await callUserHook(user, name, [user.context], 'first'))
  const expression = parseExpression(step.ifTrue, false)
  return (user) => {
    const value = expression.evaluate(user.vars)
    if (!(value instanceof Error)) return Boolean(value)
    environment.warnOnce(`ifTrue ${step.place}`, `${step.place}: "ifTrue: ${name}" counts as false: ${value.message}`)
    return false
  }
}

function probability(step: Step, environment: RunEnvironment): Condition | undefined {
  if (step.probability === undefined) return undefined
  const percent = Number(step.probability)
  return () => environment.random() * 100 < percent
}
