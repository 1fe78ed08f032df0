import type { Finding } from '../errors/lab-error.ts'
import { asList } from '../util/records.ts'
import { closestWord } from './closest-word.ts'
import { findHook, type Processor } from './processor.ts'
import type { HookReference, Scenario, Step } from './step.ts'

/** A warning for each function that a script names and its processor does not have. */
export function hookFindings(scenarios: readonly Scenario[], processor: Processor): readonly Finding[] {
  const missing = new Map<string, string>()
  for (const scenario of scenarios) {
    const place = `scenario "${scenario.name}"`
    for (const reference of scenarioHooks(scenario)) note(missing, reference, { place, processor })
    for (const step of allSteps(scenario.flow))
      for (const reference of stepHooks(step)) note(missing, reference, { place: step.place, processor })
  }
  return [...missing].map(([name, place]) => {
    const closest = closestWord(name, Object.keys(processor))
    return {
      message: `${place}: the processor has no function "${name}"`,
      ...(closest === undefined ? {} : { hint: `did you mean "${closest}"?` }),
    }
  })
}

function note(
  missing: Map<string, string>,
  reference: HookReference,
  { place, processor }: { readonly place: string; readonly processor: Processor },
): void {
  if (typeof reference !== 'string' || missing.has(reference)) return
  if (findHook(processor, reference) === undefined) missing.set(reference, place)
}

function scenarioHooks(scenario: Scenario): readonly HookReference[] {
  const { beforeScenario, afterScenario, beforeRequest, afterResponse, onError } = scenario
  return [...beforeScenario, ...afterScenario, ...beforeRequest, ...afterResponse, ...onError]
}

function allSteps(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) =>
    step.kind === 'loop' || step.kind === 'parallel' ? [step, ...allSteps(step.steps)] : [step],
  )
}

function stepHooks(step: Step): readonly HookReference[] {
  if (step.kind === 'function') return [step.hook]
  if (step.kind === 'loop') return step.whileTrue === undefined ? [] : [step.whileTrue]
  if (step.kind !== 'request') return []
  return [...asList(step.params['beforeRequest']), ...asList(step.params['afterResponse'])].map(
    (each) => each as HookReference,
  )
}
