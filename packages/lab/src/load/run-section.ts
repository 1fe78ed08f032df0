import { LabError } from '../errors/lab-error.ts'
import { RunRecorder } from '../measure/run-recorder.ts'
import type { Scenario } from '../script/step.ts'
import type { PlainRecord } from '../util/records.ts'
import { LoadEvents } from './load-events.ts'
import { ExpectationBook } from './plugins/expectation-book.ts'
import type { RunEnvironment } from './run-environment.ts'
import { runUser, type UserOutcome } from './script-users.ts'
import { compileSteps } from './steps/compile-steps.ts'
import { User } from './user.ts'

export interface SectionOptions {
  /** Variables that its user starts with. */
  readonly vars: PlainRecord
  /** Stops the run. */
  readonly signal: AbortSignal | undefined
  /** How long the section may go on after a stop. */
  readonly graceMs: number
}

/**
 * Runs `before` or `after` with one user whose requests are not part of the figures. Returns its variables.
 * @throws LabError `EK_LAB_BEFORE_FAILED` naming what failed.
 */
export async function runSection(
  section: Scenario,
  environment: RunEnvironment,
  { vars, signal, graceMs }: SectionOptions,
): Promise<PlainRecord> {
  const { clock, script } = environment
  const recorder = new RunRecorder(clock.nowMs())
  const own = { ...environment, recorder, events: new LoadEvents(recorder), expectations: new ExpectationBook() }
  const start = { vars: { ...script.baseVars, ...vars, ...script.variables }, intendedMs: clock.nowMs() }
  const user = new User(section, own, start)
  const running = runUser(user, compileSteps(section.flow, { scenario: section, environment: own }))
  const outcome = await untilStopped(user, running, { signal, graceMs })
  user.close()
  if (outcome === 'completed') return { ...user.vars }
  const [first] = recorder.errorTotals()
  throw new LabError('EK_LAB_BEFORE_FAILED', `The section "${section.name}" failed: ${first?.message ?? outcome}`)
}

/** A function that never calls back is left behind this long after its user was cut. */
const hungMs = 500

async function untilStopped(
  user: User,
  running: Promise<UserOutcome>,
  { signal, graceMs }: Omit<SectionOptions, 'vars'>,
): Promise<UserOutcome> {
  const { clock } = user.environment
  const left = Promise.withResolvers<UserOutcome>()
  let cancel = (): void => {}
  const onAbort = (): void => {
    cancel = clock.schedule(graceMs, () => {
      user.stop()
      cancel = clock.schedule(hungMs, () => left.resolve('interrupted'))
    })
  }
  if (signal?.aborted === true) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([running, left.promise])
  } finally {
    cancel()
    signal?.removeEventListener('abort', onAbort)
  }
}
