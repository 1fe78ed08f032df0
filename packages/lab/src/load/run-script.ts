import { isLabError, type Finding } from '../errors/lab-error.ts'
import { buildResult } from '../measure/build-result.ts'
import { GeneratorMonitor, type StartCounts } from '../measure/generator-monitor.ts'
import { RunRecorder } from '../measure/run-recorder.ts'
import { ServerSampler } from '../measure/server-sampler.ts'
import type { LabResult } from '../result/lab-result.ts'
import { sleep } from '../util/clock.ts'
import type { PlainRecord } from '../util/records.ts'
import { ArrivalDispatcher } from './arrival-dispatcher.ts'
import { LoadEvents } from './load-events.ts'
import type { LoadShare, ScriptPlan } from './load-plan.ts'
import { PhaseBook } from './phase-book.ts'
import { evaluateEnsure } from './plugins/ensure.ts'
import { ProgressReporter } from './progress-reporter.ts'
import { prepareEnvironment } from './prepare-environment.ts'
import { RowSource } from './row-source.ts'
import type { RunEnvironment } from './run-environment.ts'
import type { ResolvedRunOptions } from './run-load.ts'
import { runSections } from './run-sections.ts'
import { ScriptUsers } from './script-users.ts'
import { planPhases, timetable, type Arrival } from './timetable.ts'

/** Users that do not end by themselves when the run is stopped are given up after this time. */
const stopGraceMs = 1500

/** Sends the users of a script. */
export async function runScript(plan: ScriptPlan, options: ResolvedRunOptions): Promise<LabResult> {
  const { script } = plan
  const { clock, share, signal } = options
  const warnings = new Warnings(script.warnings)
  const warnOnce = (key: string, message: string): void => warnings.once(key, message)
  const prepared = await prepareEnvironment(script, { ...options, transport: options.transport, warnOnce })
  const sections = options.beforeVars === undefined ? await runSections(script, options) : undefined
  const beforeVars = options.beforeVars ?? sections?.vars ?? {}
  if (options.startAtEpochMs !== undefined) await sleep(clock, options.startAtEpochMs - clock.epochMs(), signal)
  const run = startRun(prepared, plan, { options, beforeVars })
  const reason = await run.finished
  prepared.sharedConnections?.close()
  const afterProblem = await sections?.after()
  if (afterProblem !== undefined) warnings.once('after', afterProblem)
  const result = buildResult({
    recorder: run.recorder,
    plan: run.resultPlan,
    phases: run.phases.totals(),
    health: run.health(),
    name: options.name ?? script.name,
    kind: options.kind ?? 'run',
    labels: options.labels,
    startedAtEpochMs: run.startedAtEpochMs,
    durationMs: run.durationMs(),
    share,
    partialReason: reason,
    server: run.server(),
    expectations: run.environment.expectations.checks(),
    suggestedExitCode: prepared.suggestions.exitCode ?? sections?.suggestions.exitCode,
    warnings: warnings.list(),
  })
  const ensured = evaluateEnsure(script.plugins.ensure, result)
  return { ...result, checks: [...result.checks, ...ensured] }
}

class Warnings {
  readonly #messages = new Map<string, string>()

  constructor(findings: readonly Finding[]) {
    for (const finding of findings) {
      const place = finding.line === undefined ? '' : ` (line ${finding.line})`
      this.#messages.set(finding.message + place, finding.message + place)
    }
  }

  once(key: string, message: string): void {
    if (!this.#messages.has(key)) this.#messages.set(key, message)
  }

  list(): readonly string[] {
    return [...this.#messages.values()]
  }
}

interface StartedRun {
  readonly environment: RunEnvironment
  readonly recorder: RunRecorder
  readonly phases: PhaseBook
  readonly resultPlan: LabResult['plan']
  readonly startedAtEpochMs: number
  /** Why the plan was not done, undefined when it was. */
  readonly finished: Promise<string | undefined>
  readonly health: () => LabResult['generator']
  readonly durationMs: () => number
  readonly server: () => LabResult['server']
}

function startRun(
  prepared: RunEnvironment,
  { script, firstRow }: ScriptPlan,
  context: { readonly options: ResolvedRunOptions; readonly beforeVars: PlainRecord },
): StartedRun {
  const { options } = context
  const { clock, share } = options
  const recorder = new RunRecorder(clock.nowMs())
  const monitor = new GeneratorMonitor(clock, script.healthLimits)
  const environment = { ...prepared, recorder, monitor, events: new LoadEvents(recorder) }
  const planned = planPhases(script.phases, script.seed)
  const phases = new PhaseBook(planned)
  const users = new ScriptUsers(
    environment,
    new RowSource(script.payloads, share, environment.random, firstRow),
    context.beforeVars,
  )
  const counts = (): StartCounts => ({
    intended: phases.intended,
    arrivals: recorder.users.created + recorder.users.skipped,
    paced: true,
  })
  const plannedMs = script.phases.reduce((sum, { durationMs }) => sum + durationMs, 0)
  const sampler = options.serverPid === undefined ? undefined : new ServerSampler(options.serverPid, clock)
  const progress = new ProgressReporter(
    { clock, recorder, plannedMs, judge: () => monitor.judge(counts()), phase: (elapsedMs) => phases.at(elapsedMs) },
    options.onProgress,
  )
  const startedAtEpochMs = clock.epochMs()
  let endMs = 0
  let server: LabResult['server']
  monitor.start()
  sampler?.start()
  progress.start()
  const finished = driveArrivals({ environment, users, phases, plannedMs, options }).finally(() => {
    endMs = clock.nowMs()
    monitor.stop()
    server = sampler?.stop()
    progress.stop()
  })
  return {
    environment,
    recorder,
    phases,
    resultPlan: {
      model: 'open',
      target: script.target,
      scriptFile: script.name,
      ...(script.environment === undefined ? {} : { environment: script.environment }),
      phases: planned,
      intendedArrivals: planned.reduce((sum, { arrivals }) => sum + arrivals, 0),
    },
    startedAtEpochMs,
    finished,
    health: () => monitor.health(counts()),
    durationMs: () => endMs - recorder.startMs,
    server: () => server,
  }
}

interface Drive {
  readonly environment: RunEnvironment
  readonly users: ScriptUsers
  readonly phases: PhaseBook
  readonly plannedMs: number
  readonly options: ResolvedRunOptions
}

/** Starts everybody by the timetable and waits until the last has left. Resolves with why it ended early, if it did. */
async function driveArrivals({ environment, users, phases, plannedMs, options }: Drive): Promise<string | undefined> {
  const { clock, recorder, script, monitor } = environment
  const { share, signal } = options
  let reason: string | undefined
  const dispatcher = new ArrivalDispatcher({
    clock,
    startMs: recorder.startMs,
    plannedMs,
    arrivals: shareOf(timetable(script.phases, script.seed), share),
    onDue: (arrival, lagMs) => {
      const late = lagMs > script.healthLimits.sendLagMs ? 'late' : 'on-time'
      recorder.users.intended++
      recorder.series.count('intended', arrival.atMs)
      if (users.active >= maxUsers(script.phases[arrival.phase], share)) {
        phases.record(arrival.phase, 'skipped', 'on-time')
        recorder.userSkipped(clock.nowMs())
        return true
      }
      try {
        users.start(recorder.startMs + arrival.atMs)
      } catch (error) {
        if (!isLabError(error)) throw error
        reason = `${error.code}: ${error.message}`
        return false
      }
      phases.record(arrival.phase, 'arrived', late)
      monitor?.recordLag(lagMs)
      return true
    },
    onMissed: (arrival) => {
      recorder.users.intended++
      phases.record(arrival.phase, 'missed', 'late')
    },
  })
  let cancelAbandon = (): void => {}
  const onAbort = (): void => {
    reason ??= `stopped by ${String(signal?.reason ?? 'the caller')}`
    dispatcher.stop()
    users.stop()
    cancelAbandon = clock.schedule(stopGraceMs, () => users.abandon())
  }
  if (signal?.aborted === true) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  await dispatcher.run()
  await users.whenIdle()
  cancelAbandon()
  signal?.removeEventListener('abort', onAbort)
  return reason
}

function* shareOf(arrivals: Iterable<Arrival>, share: LoadShare): Generator<Arrival> {
  for (const arrival of arrivals) if (arrival.index % share.count === share.index) yield arrival
}

/** The part of `maxVusers` that belongs to this share. */
function maxUsers(
  phase: { readonly kind: string; readonly maxUsers?: number | undefined } | undefined,
  share: LoadShare,
): number {
  const limit = phase?.maxUsers
  if (limit === undefined) return Infinity
  return Math.floor(limit / share.count) + (share.index < limit % share.count ? 1 : 0)
}
