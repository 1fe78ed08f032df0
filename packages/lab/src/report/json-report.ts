import type { LabResult } from '../result/lab-result.ts'
import { latencyRow, type LatencyRow } from './latency-table.ts'

const summaryFormat = 'evenkeel-lab-summary'
const summaryVersion = 1

/** A run's figures without its histograms, for scripts. Times are in microseconds; a figure the sample does not support is null. */
export interface RunSummary {
  readonly format: typeof summaryFormat
  readonly version: typeof summaryVersion
  readonly id: string
  readonly name: string
  readonly status: LabResult['status']
  readonly startedAtEpochMs: number
  readonly durationMs: number
  readonly generatorHealth: LabResult['generator']['verdict']
  readonly generatorReasons: readonly string[]
  readonly users: LabResult['users']
  readonly requests: LabResult['requests']
  readonly codes: LabResult['codes']
  readonly errors: Readonly<Record<string, number>>
  readonly latency: SummaryFigures
  readonly service: SummaryFigures
  readonly firstByte: SummaryFigures
  readonly endpoints: readonly SummaryEndpoint[]
  readonly counters: LabResult['counters']
  readonly checks: LabResult['checks']
}

interface SummaryEndpoint {
  readonly name: string
  readonly method: string
  readonly requests: number
  readonly failed: number
  readonly codes: Readonly<Record<string, number>>
  readonly latency: SummaryFigures
}

type SummaryFigures = Readonly<Record<string, number | null>>

export function summarizeRun(result: LabResult): RunSummary {
  const { meta, generator, latency } = result
  return {
    format: summaryFormat,
    version: summaryVersion,
    id: result.id,
    name: meta.name,
    status: result.status,
    startedAtEpochMs: meta.startedAtEpochMs,
    durationMs: meta.durationMs,
    generatorHealth: generator.verdict,
    generatorReasons: generator.reasons.map((reason) => reason.message),
    users: result.users,
    requests: result.requests,
    codes: result.codes,
    errors: Object.fromEntries(result.errors.map((error) => [error.code, error.count])),
    latency: figures(latencyRow(latency.latency)),
    service: figures(latencyRow(latency.service)),
    firstByte: figures(latencyRow(latency.firstByte)),
    endpoints: result.endpoints.map((endpoint) => ({
      name: endpoint.name,
      method: endpoint.method,
      requests: endpoint.requests,
      failed: endpoint.failed,
      codes: endpoint.codes,
      latency: figures(latencyRow(endpoint.latency)),
    })),
    counters: result.counters,
    checks: result.checks,
  }
}

function figures(row: LatencyRow): SummaryFigures {
  const percentiles = row.percentiles.map(({ percent, value }) => [`p${percent}`, value ?? null] as const)
  return {
    count: row.count,
    min: row.min ?? null,
    mean: row.mean === undefined ? null : Math.round(row.mean),
    ...Object.fromEntries(percentiles),
    max: row.max ?? null,
  }
}
