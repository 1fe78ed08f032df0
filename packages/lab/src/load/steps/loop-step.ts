import { findHook, type ProcessorFunction } from '../../script/processor.ts'
import type { LoopStep } from '../../script/step.ts'
import { fillTemplates } from '../../script/template.ts'
import { getPath, parsePropertyPath } from '../../util/records.ts'
import { callUserHook } from '../call-user-hook.ts'
import type { RunEnvironment } from '../run-environment.ts'
import type { User } from '../user.ts'
import { runSteps, type RunStep } from './run-step.ts'

interface Range {
  readonly from: number
  readonly to: number
}

/** Repeats steps by count (`3`, `"9-12"`, endless without one), over a list, or while a function says so after each pass. */
export function compileLoop(step: LoopStep, steps: readonly RunStep[], environment: RunEnvironment): RunStep {
  const hook = step.whileTrue === undefined ? undefined : findHook(environment.script.processor, step.whileTrue)
  if (step.whileTrue !== undefined && hook === undefined)
    environment.warnOnce(`whileTrue ${step.place}`, `${step.place}: "whileTrue" names no function: the loop has no end`)
  return async (user) => {
    if (step.over === undefined) return repeat(step, steps, { user, hook })
    const list = listOf(step.over, user)
    if (list === undefined) return
    for (const [index, element] of list.entries()) {
      user.vars[step.loopElement] = element
      user.vars[step.loopValue] = index
      await onePass(steps, user, index)
    }
  }
}

interface LoopRun {
  readonly user: User
  readonly hook: ProcessorFunction | undefined
}

async function repeat(step: LoopStep, steps: readonly RunStep[], run: LoopRun): Promise<void> {
  const { user, hook } = run
  const { from, to } = rangeOf(fillTemplates(step.count, user.scope))
  const endless = hook !== undefined || step.whileTrue !== undefined
  for (let index = from; endless || index < to; index++) {
    user.vars[step.loopValue] = index
    user.vars[step.loopElement] = index
    await onePass(steps, user, index)
    if (hook === undefined) continue
    const goOn = await callUserHook(user, hook, [user.context], 'first')
    if (goOn !== true) return
  }
}

/** Passes after which timers and the network get a turn, should none of the steps ever wait. */
const passesPerTurn = 256

async function onePass(steps: readonly RunStep[], user: User, index: number): Promise<void> {
  user.throwIfStopped()
  await runSteps(steps, user)
  if (index % passesPerTurn === passesPerTurn - 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Undefined when the value is no list: the loop is then skipped. */
function listOf(over: unknown, user: User): readonly unknown[] | undefined {
  if (Array.isArray(over)) return fillTemplates(over, user.scope) as readonly unknown[]
  const filled = typeof over === 'string' ? fillTemplates(over, user.scope) : over
  const value = typeof filled === 'string' ? getPath(user.vars, parsePropertyPath(filled)) : filled
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined
}

function rangeOf(count: unknown): Range {
  if (count === undefined || count === null) return { from: 0, to: Infinity }
  const range = typeof count === 'string' ? /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(count) : null
  if (range !== null) return { from: Number(range[1]), to: Number(range[2]) }
  const to = Number(count)
  return { from: 0, to: to === -1 ? Infinity : Number.isNaN(to) ? 0 : to }
}
