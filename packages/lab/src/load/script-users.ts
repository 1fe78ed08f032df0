import { LabError } from '../errors/lab-error.ts'
import type { HookReference, Scenario } from '../script/step.ts'
import { fillTemplates, hasTemplate } from '../script/template.ts'
import { ActiveItems } from '../util/active-items.ts'
import { pick, type Random } from '../util/random.ts'
import type { PlainRecord } from '../util/records.ts'
import { callUserHook } from './call-user-hook.ts'
import type { RowSource } from './row-source.ts'
import type { RunEnvironment } from './run-environment.ts'
import { compileSteps } from './steps/compile-steps.ts'
import { runSteps, type RunStep } from './steps/run-step.ts'
import { User } from './user.ts'
import { UserFailure, UserStopped } from './user-failure.ts'
import { openWebSocket } from './ws/open-web-socket.ts'

/** Starts users of a script and sees them through. */
export class ScriptUsers {
  readonly #environment: RunEnvironment
  readonly #rows: RowSource
  readonly #initialVars: PlainRecord
  readonly #compiled = new Map<Scenario, readonly RunStep[]>()
  readonly #active = new ActiveItems<User>()
  readonly #chooseScenario: () => Scenario
  #idle: (() => void) | undefined

  constructor(environment: RunEnvironment, rows: RowSource, initialVars: PlainRecord) {
    this.#environment = environment
    this.#rows = rows
    this.#initialVars = initialVars
    this.#chooseScenario = weightedChoice(environment.script.scenarios, environment.random)
    for (const scenario of environment.script.scenarios)
      this.#compiled.set(scenario, compileSteps(scenario.flow, { scenario, environment }))
  }

  get active(): number {
    return this.#active.size
  }

  /** @throws LabError `EK_LAB_PAYLOAD_EXHAUSTED` when there is no data left for another user. */
  start(intendedMs: number): void {
    const scenario = this.#chooseScenario()
    const { recorder, clock } = this.#environment
    const vars = this.#variables(scenario)
    const user = new User(scenario, this.#environment, { vars, intendedMs })
    fillVariables(user)
    this.#active.add(user)
    recorder.userStarted(scenario.name, clock.nowMs())
    void this.#see(user, intendedMs)
  }

  #variables(scenario: Scenario): PlainRecord {
    const { script, random } = this.#environment
    const inline = Object.entries({ ...script.variables, ...scenario.variables })
    const chosen = inline.map(([name, value]) => [name, Array.isArray(value) ? pick<unknown>(value, random) : value])
    return { ...script.baseVars, ...this.#initialVars, ...this.#rows.next(), ...Object.fromEntries(chosen) }
  }

  async #see(user: User, intendedMs: number): Promise<void> {
    const { recorder, clock } = this.#environment
    const outcome = await runUser(user, this.#compiled.get(user.scenario) ?? [])
    user.close()
    // A user that was given up while it hung is counted already.
    if (!this.#active.delete(user)) return
    recorder.userEnded(user.scenario.name, outcome, { intendedMs, nowMs: clock.nowMs() })
    if (this.#active.size === 0) this.#idle?.()
  }

  /** Resolves when no user is active. */
  async whenIdle(): Promise<void> {
    if (this.#active.size === 0) return
    await new Promise<void>((resolve) => (this.#idle = resolve))
  }

  /** Tells every user to end where it stands. */
  stop(): void {
    for (const user of this.#active.list()) user.stop()
  }

  /** Counts users that do not end (a hook that never calls back) as interrupted and forgets them. */
  abandon(): void {
    const { recorder, clock } = this.#environment
    for (const user of this.#active.list()) {
      const nowMs = clock.nowMs()
      recorder.userEnded(user.scenario.name, 'interrupted', { intendedMs: nowMs, nowMs })
    }
    this.#active.clear()
    this.#idle?.()
  }
}

/** Variables of a script may refer to those of the user: its row, `$uuid`, functions. */
function fillVariables(user: User): void {
  for (const [name, value] of Object.entries(user.environment.script.variables))
    if (typeof value === 'string' && hasTemplate(value)) user.vars[name] = fillTemplates(value, user.scope)
}

/** Weighted choice with replacement. */
function weightedChoice(scenarios: readonly Scenario[], random: Random): () => Scenario {
  const total = scenarios.reduce((sum, { weight }) => sum + weight, 0)
  const last = scenarios.findLast(({ weight }) => weight > 0)
  if (last === undefined) throw new LabError('EK_LAB_PLAN', 'No scenario can be chosen: all weights are 0')
  return () => {
    let rest = random() * total
    for (const scenario of scenarios) {
      rest -= scenario.weight
      if (rest < 0) return scenario
    }
    return last
  }
}

export type UserOutcome = 'completed' | 'failed' | 'interrupted'

/** Runs hooks and steps of one user. Never rejects. */
export async function runUser(user: User, steps: readonly RunStep[]): Promise<UserOutcome> {
  const { scenario, environment } = user
  try {
    // Each `await` of nothing is a turn of its own in every user's way.
    if (scenario.beforeScenario.length > 0) await runHooks(scenario.beforeScenario, user)
    if (scenario.engine === 'ws') await openWebSocket(user)
    await runSteps(steps, user)
    if (scenario.afterScenario.length > 0) await runHooks(scenario.afterScenario, user)
    return user.stopped ? 'interrupted' : 'completed'
  } catch (error) {
    if (error instanceof UserStopped || user.stopped) return 'interrupted'
    const failure = UserFailure.from(error)
    environment.recorder.error(failure, environment.clock.nowMs())
    await runErrorHooks(user, failure)
    return 'failed'
  }
}

async function runHooks(references: readonly HookReference[], user: User): Promise<void> {
  for (const reference of references) await callUserHook(user, reference, [user.context, user.environment.events])
}

async function runErrorHooks(user: User, failure: UserFailure): Promise<void> {
  const { environment, scenario, context } = user
  for (const reference of scenario.onError) {
    try {
      await callUserHook(user, reference, [failure, {}, context, environment.events])
    } catch (error) {
      environment.recorder.error(UserFailure.from(error), environment.clock.nowMs())
    }
  }
}
