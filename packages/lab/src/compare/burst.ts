import type { RequestPlan } from '../load/load-plan.ts'
import type { RunLoad } from '../load/run-load.ts'
import type { LabResult } from '../result/lab-result.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import { isPercentileSupported } from '../result/percentile-support.ts'
import type { BurstMeasure } from './comparison-result.ts'
import { familyCpuMs, familyPeakRssBytes } from './process-family.ts'
import type { Server } from './server.ts'

/** The request that both sides are loaded with; the URL is the server's. */
export type BurstPlan = Omit<RequestPlan, 'kind' | 'url' | 'warmUpMs' | 'requestCount'> & {
  readonly durationMs: number
}

export interface Burst {
  readonly measure: BurstMeasure
  readonly result: LabResult
}

/** Loads one server for a moment and measures it from both ends: the answers here, the CPU time there. */
export async function runBurst(runLoad: RunLoad, server: Server, plan: BurstPlan, signal: AbortSignal): Promise<Burst> {
  const cpuBefore = familyCpuMs(server.pids)
  const result = await runLoad({
    // No warm-up inside a burst: its requests would cost CPU time and not be counted.
    plan: { ...plan, kind: 'request', url: server.url, warmUpMs: 0 },
    kind: 'block',
    signal,
  })
  const cpuAfter = familyCpuMs(server.pids)
  const cpuMs = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore
  return { result, measure: measureOf(result, cpuMs, familyPeakRssBytes(server.pids)) }
}

function measureOf(result: LabResult, cpuMs: number | undefined, peakRssBytes: number | undefined): BurstMeasure {
  const histogram = LatencyHistogram.decode(result.latency.latency)
  const { requests, meta, generator } = result
  const percentile = (percent: number): number | undefined =>
    isPercentileSupported(percent, histogram.count) ? histogram.percentile(percent) : undefined
  const cpuPerRequestUs =
    cpuMs === undefined || requests.responses === 0 ? undefined : (cpuMs * 1000) / requests.responses
  return withoutUndefined({
    requests: requests.sent,
    failed: requests.failed + errorResponses(result),
    durationMs: meta.durationMs,
    requestRate: (requests.responses * 1000) / Math.max(1, meta.durationMs),
    cpuPerRequestUs,
    peakRssBytes,
    p50Us: percentile(50),
    p95Us: percentile(95),
    p99Us: percentile(99),
    generator: generator.verdict,
  })
}

/** An error page is an answer to the protocol, not to the question whether a server got faster. */
function errorResponses(result: LabResult): number {
  return Object.entries(result.codes).reduce((sum, [code, count]) => sum + (Number(code) >= 400 ? count : 0), 0)
}

type Optional<Fields> = { readonly [Name in keyof Fields]: Fields[Name] | undefined }

function withoutUndefined(fields: Optional<BurstMeasure>): BurstMeasure {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as BurstMeasure
}
