import { LabError } from '../errors/lab-error.ts'
import type { Scenario } from './step.ts'

/** The scenario with the name, else the one whose name matches it as a regular expression. */
export function chooseScenarios(scenarios: readonly Scenario[], name: string): readonly Scenario[] {
  const exact = scenarios.filter((scenario) => scenario.name === name)
  const found = exact.length > 0 ? exact : scenarios.filter((scenario) => matches(scenario.name, name))
  const names = scenarios.map((scenario) => `"${scenario.name}"`).join(', ')
  if (found.length === 0)
    throw new LabError('EK_LAB_SCRIPT_INVALID', `No scenario is named "${name}"`, { hint: `the script has ${names}` })
  if (found.length > 1)
    throw new LabError('EK_LAB_SCRIPT_INVALID', `"${name}" fits ${found.length} scenarios`, {
      hint: `the script has ${names}`,
    })
  return found
}

function matches(name: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(name)
  } catch (error) {
    throw new LabError('EK_LAB_SCRIPT_INVALID', `"${pattern}" is neither a scenario's name nor a regular expression`, {
      cause: error,
    })
  }
}
