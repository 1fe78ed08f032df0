import { LabError } from '../errors/lab-error.ts'
import type { LoadPlan, RequestPlan } from '../load/load-plan.ts'
import type { RunLoad } from '../load/run-load.ts'
import type { EncodedHistogram } from '../result/encoded-histogram.ts'
import type { LabResult } from '../result/lab-result.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import { isPercentileSupported } from '../result/percentile-support.ts'
import type { ResolvedScript } from '../script/resolved-script.ts'
import type { BurstMeasure, EndpointMeasure } from './comparison-result.ts'
import { cpuSpent, readCpu, type CpuSpent } from './cpu-reading.ts'
import { familyPeakRssBytes } from './process-family.ts'
import type { Server } from './server.ts'

/** What both sides are loaded with. */
export type BurstPlan = RequestBurst | ScriptBurst

/** One request over and over; the URL is the server's. */
export type RequestBurst = Omit<RequestPlan, 'url' | 'warmUpMs' | 'requestCount'> & {
  readonly durationMs: number
}

/** Users of a script; the target is the server's. */
export interface ScriptBurst {
  readonly kind: 'script'
  readonly script: ResolvedScript
}

export interface Burst {
  readonly measure: BurstMeasure
  readonly result: LabResult
}

export interface BurstOptions {
  readonly runLoad: RunLoad
  readonly plan: BurstPlan
  readonly signal: AbortSignal
  /** Users of a script that this side has had in earlier bursts: these go on with the rows after theirs. */
  readonly usersBefore: number
}

/**
 * Loads one server for a moment and measures it from both ends: the answers here, the CPU time there.
 * @throws LabError `EK_LAB_COMPARE` when the burst ended early for a reason of its own, such as a payload without rows left.
 */
export async function runBurst(server: Server, options: BurstOptions): Promise<Burst> {
  const cpuBefore = readCpu(server.pids)
  const result = await loadServer(server, options)
  const cpuAfter = readCpu(server.pids)
  const cpu = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuSpent(cpuBefore, cpuAfter)
  return { result, measure: measureOf(result, cpu, familyPeakRssBytes(server.pids)) }
}

/**
 * Loads one server for a moment.
 * @throws LabError `EK_LAB_COMPARE` when the load ended early for a reason of its own.
 */
export async function loadServer(server: Server, options: BurstOptions): Promise<LabResult> {
  const { runLoad, signal } = options
  const result = await runLoad({ plan: loadPlan(server, options), kind: 'block', signal })
  if (result.status === 'partial' && !signal.aborted)
    throw new LabError('EK_LAB_COMPARE', `A burst ended early: ${result.partialReason ?? 'no reason is known'}`)
  return result
}

function loadPlan(server: Server, { plan, usersBefore }: BurstOptions): LoadPlan {
  // No warm-up inside a burst: its requests would cost CPU time and not be counted.
  if (plan.kind === 'request') return { ...plan, url: server.url, warmUpMs: 0 }
  const target = server.url.replace(/\/+$/, '')
  const { script } = plan
  return {
    kind: 'script',
    script: { ...script, target, baseVars: { ...script.baseVars, target } },
    firstRow: usersBefore,
  }
}

function measureOf(result: LabResult, cpu: CpuSpent | undefined, peakRssBytes: number | undefined): BurstMeasure {
  const { requests, meta, generator } = result
  const cpuPerRequestUs =
    cpu === undefined || requests.responses === 0 ? undefined : (cpu.ms * 1000) / requests.responses
  return withoutUndefined({
    requests: requests.sent,
    failed: failuresOf(result),
    durationMs: meta.durationMs,
    requestRate: (requests.responses * 1000) / Math.max(1, meta.durationMs),
    cpuPerRequestUs,
    cpuMs: cpu?.ms,
    cpuStepMs: cpu?.stepMs,
    peakRssBytes,
    ...percentilesOf(result.latency.latency),
    generator: generator.verdict,
    endpoints: result.plan.model === 'open' && result.plan.scriptFile !== undefined ? endpointsOf(result) : undefined,
  })
}

function percentilesOf(latency: EncodedHistogram): Pick<BurstMeasure, 'p50Us' | 'p95Us' | 'p99Us'> {
  const histogram = LatencyHistogram.decode(latency)
  const percentile = (percent: number): number | undefined =>
    isPercentileSupported(percent, histogram.count) ? histogram.percentile(percent) : undefined
  return withoutUndefined({ p50Us: percentile(50), p95Us: percentile(95), p99Us: percentile(99) })
}

function endpointsOf(result: LabResult): Readonly<Record<string, EndpointMeasure>> {
  return Object.fromEntries(
    result.endpoints.map(({ name, requests, latency }) => [name, { requests, ...percentilesOf(latency) }]),
  )
}

/**
 * An error page is an answer to the protocol, not to the question whether a server got faster. A script may want a 404, so that of
 * its answers only those of 500 and above are failures, and users that could not go on.
 */
function failuresOf(result: LabResult): number {
  const isScript = result.plan.scriptFile !== undefined
  const least = isScript ? 500 : 400
  const codes = Object.entries(result.codes).filter(([code]) => Number(code) >= least)
  const failed = result.requests.failed + codes.reduce((sum, [, count]) => sum + count, 0)
  return isScript ? Math.max(failed, result.users.failed) : failed
}

type Optional<Fields> = { readonly [Name in keyof Fields]: Fields[Name] | undefined }

function withoutUndefined<Fields extends object>(fields: Optional<Fields>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields
}
