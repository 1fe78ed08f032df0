import { LabError } from '../errors/lab-error.ts'
import { RunRecorder } from '../measure/run-recorder.ts'
import type { Scenario } from '../script/step.ts'
import type { PlainRecord } from '../util/records.ts'
import { LoadEvents } from './load-events.ts'
import { ExpectationBook } from './plugins/expectation-book.ts'
import type { RunEnvironment } from './run-environment.ts'
import { runUser } from './script-users.ts'
import { compileSteps } from './steps/compile-steps.ts'
import { User } from './user.ts'

/**
 * Runs `before` or `after` with one user whose requests are not part of the figures. Returns its variables.
 * @throws LabError `EK_LAB_BEFORE_FAILED` naming what failed.
 */
export async function runSection(
  section: Scenario,
  environment: RunEnvironment,
  vars: PlainRecord,
): Promise<PlainRecord> {
  const { clock, script } = environment
  const recorder = new RunRecorder(clock.nowMs())
  const own = { ...environment, recorder, events: new LoadEvents(recorder), expectations: new ExpectationBook() }
  const start = { vars: { ...script.baseVars, ...vars, ...script.variables }, intendedMs: clock.nowMs() }
  const user = new User(section, own, start)
  const outcome = await runUser(user, compileSteps(section.flow, { scenario: section, environment: own }))
  user.close()
  if (outcome === 'completed') return { ...user.vars }
  const [first] = recorder.errorTotals()
  throw new LabError('EK_LAB_BEFORE_FAILED', `The section "${section.name}" failed: ${first?.message ?? outcome}`)
}
