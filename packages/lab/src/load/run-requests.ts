import { validateHeaderName, validateHeaderValue } from 'node:http'
import { LabError } from '../errors/lab-error.ts'
import { buildResult } from '../measure/build-result.ts'
import { GeneratorMonitor, type StartCounts } from '../measure/generator-monitor.ts'
import { RunRecorder } from '../measure/run-recorder.ts'
import { ServerSampler } from '../measure/server-sampler.ts'
import type { Check, LabResult } from '../result/lab-result.ts'
import { sleep } from '../util/clock.ts'
import type { RequestPlan } from './load-plan.ts'
import { ProgressReporter } from './progress-reporter.ts'
import { RequestPacer } from './request-pacer.ts'
import type { ResolvedRunOptions } from './run-load.ts'

const healthLimits = { sendLagMs: 5, achievedPercent: 99 }

/** Sends one request over and over, after a warm-up that is not measured. */
export async function runRequests(plan: RequestPlan, options: ResolvedRunOptions): Promise<LabResult> {
  checkPlan(plan)
  const { clock, share, signal } = options
  if (options.startAtEpochMs !== undefined) await sleep(clock, options.startAtEpochMs - clock.epochMs(), signal)
  const warmUp = new RunRecorder(clock.nowMs())
  const warmUpPart = { recorder: warmUp, monitor: undefined, durationMs: plan.warmUpMs, requestCount: undefined }
  const pacer = new RequestPacer({ plan, clock, share }, warmUpPart)
  let reason: string | undefined
  const onAbort = (): void => {
    reason = `stopped by ${String(signal?.reason ?? 'the caller')}`
    pacer.stop()
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    if (plan.warmUpMs > 0 && signal?.aborted !== true) await pacer.run(warmUpPart)
    return await measure(plan, options, { pacer, reason: () => reason })
  } finally {
    signal?.removeEventListener('abort', onAbort)
    pacer.close()
  }
}

function checkPlan(plan: RequestPlan): void {
  if (!URL.canParse(plan.url) || !/^https?:$/.test(new URL(plan.url).protocol))
    throw new LabError('EK_LAB_PLAN', `"${plan.url}" is no http or https address`)
  if (plan.durationMs === undefined && plan.requestCount === undefined)
    throw new LabError('EK_LAB_PLAN', 'A plan of requests needs a duration or a number of requests')
  if (!(plan.connections >= 1))
    throw new LabError('EK_LAB_PLAN', `"connections" must be 1 or more, received ${plan.connections}`)
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(plan.method))
    throw new LabError('EK_LAB_PLAN', `"${plan.method}" is no HTTP method`)
  for (const [name, value] of Object.entries(plan.headers)) checkHeader(name, value)
}

/** The value may be a secret and is not repeated. */
function checkHeader(name: string, value: string): void {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  } catch {
    throw new LabError(
      'EK_LAB_PLAN',
      `The header "${name}" cannot be sent: its name or its value holds other characters than HTTP allows`,
    )
  }
}

async function measure(
  plan: RequestPlan,
  options: ResolvedRunOptions,
  { pacer, reason }: { readonly pacer: RequestPacer; readonly reason: () => string | undefined },
): Promise<LabResult> {
  const { clock, share, signal } = options
  const recorder = new RunRecorder(clock.nowMs())
  const monitor = new GeneratorMonitor(clock, healthLimits)
  const sampler = options.serverPid === undefined ? undefined : new ServerSampler(options.serverPid, clock)
  const counts = (): StartCounts => {
    const intended = pacer.intended(clock.nowMs())
    const blocked = pacer.blocked(clock.nowMs())
    return { intended: intended ?? 0, arrivals: recorder.sent, paced: intended !== undefined, blocked }
  }
  const progress = new ProgressReporter(
    { clock, recorder, plannedMs: plan.durationMs, judge: () => monitor.judge(counts()), phase: () => undefined },
    options.onProgress,
  )
  const startedAtEpochMs = clock.epochMs()
  recorder.active = pacer.connections
  recorder.series.setActive(pacer.connections, 0)
  monitor.start()
  sampler?.start()
  progress.start()
  if (signal?.aborted !== true)
    await pacer.run({ recorder, monitor, durationMs: plan.durationMs, requestCount: plan.requestCount })
  const durationMs = clock.nowMs() - recorder.startMs
  const finalHealth = monitor.health(counts())
  monitor.stop()
  const server = sampler?.stop()
  progress.stop()
  return buildResult({
    recorder,
    plan: planOf(plan, counts().intended),
    phases: [],
    health: finalHealth,
    name: options.name ?? plan.url,
    kind: options.kind ?? 'quick',
    labels: options.labels,
    startedAtEpochMs,
    durationMs,
    share,
    partialReason: reason(),
    server,
    expectations: statusChecks(plan, recorder),
    suggestedExitCode: undefined,
    warnings: [],
  })
}

function planOf(plan: RequestPlan, intended: number): LabResult['plan'] {
  return {
    model: plan.requestRate === undefined ? 'closed' : 'open',
    target: plan.url,
    phases: [],
    intendedArrivals: intended,
    connections: plan.connections,
    ...(plan.requestRate === undefined ? {} : { requestRate: plan.requestRate }),
  }
}

function statusChecks(plan: RequestPlan, recorder: RunRecorder): readonly Check[] {
  const { expectedStatus } = plan
  if (expectedStatus === undefined) return []
  const others = Object.entries(recorder.codes).filter(([code]) => !expectedStatus.includes(Number(code)))
  const failed = others.reduce((sum, [, count]) => sum + count, 0)
  return [
    {
      source: 'quick',
      name: `status is ${expectedStatus.join(' or ')}`,
      status: failed === 0 ? 'passed' : 'failed',
      strict: true,
      expected: expectedStatus.join(' or '),
      ...(failed === 0 ? {} : { actual: others.map(([code, count]) => `${code} (${count})`).join(', ') }),
      passed: recorder.responses - failed,
      failed,
    },
  ]
}
