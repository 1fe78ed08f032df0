import { randomUUID } from 'node:crypto'
import os from 'node:os'
import type { GeneratorHealth } from '../result/generator-health.ts'
import type { EncodedHistogram } from '../result/encoded-histogram.ts'
import { resultFormat, resultVersion, type Check, type LabResult, type PhaseTotals } from '../result/lab-result.ts'
import type { ResultPlan } from '../result/result-plan.ts'
import { labVersion } from '../util/lab-version.ts'
import { machineFacts, runtimeVersions } from './machine-facts.ts'
import { namedCounters } from './named-counters.ts'
import type { RunRecorder } from './run-recorder.ts'

export interface ResultParts {
  readonly recorder: RunRecorder
  readonly plan: ResultPlan
  readonly phases: readonly PhaseTotals[]
  readonly health: GeneratorHealth
  readonly name: string
  readonly kind: LabResult['meta']['kind']
  readonly labels: Readonly<Record<string, string>>
  readonly startedAtEpochMs: number
  readonly durationMs: number
  readonly share: { readonly index: number; readonly count: number }
  readonly partialReason: string | undefined
  readonly server: LabResult['server']
  readonly expectations: readonly Check[]
  readonly suggestedExitCode: number | undefined
  readonly warnings: readonly string[]
}

/** Puts a result together. Checks that need the whole result are added by the caller. */
export function buildResult(parts: ResultParts): LabResult {
  const { recorder, share } = parts
  const id = randomUUID()
  return {
    format: resultFormat,
    version: resultVersion,
    id,
    status: parts.partialReason === undefined ? 'complete' : 'partial',
    ...(parts.partialReason === undefined ? {} : { partialReason: parts.partialReason }),
    meta: {
      name: parts.name,
      startedAtEpochMs: parts.startedAtEpochMs,
      durationMs: Math.round(parts.durationMs),
      labVersion: labVersion(),
      kind: parts.kind,
      versions: runtimeVersions(),
      machine: machineFacts(),
      generators: [{ id, hostname: os.hostname(), shareIndex: share.index, shareCount: share.count }],
      labels: parts.labels,
    },
    plan: parts.plan,
    phases: parts.phases,
    scenarios: recorder.scenarioTotals(),
    users: { ...recorder.users },
    requests: {
      sent: recorder.sent,
      responses: recorder.responses,
      failed: recorder.failedRequests,
      bytesSent: recorder.bytesSent,
      bytesReceived: recorder.bytesReceived,
      connections: recorder.connections,
    },
    counters: namedCounters(recorder),
    codes: recorder.codes,
    errors: recorder.errorTotals(),
    latency: recorder.latency.encode(),
    custom: customHistograms(recorder),
    endpoints: recorder.endpoints().map((endpoint) => endpoint.totals()),
    series: recorder.series.finish(),
    generator: parts.health,
    ...(parts.server === undefined ? {} : { server: parts.server }),
    markers: [],
    checks: parts.expectations,
    ...(parts.suggestedExitCode === undefined ? {} : { suggestedExitCode: parts.suggestedExitCode }),
    warnings: parts.warnings,
  }
}

function customHistograms(recorder: RunRecorder): Readonly<Record<string, EncodedHistogram>> {
  return Object.fromEntries([...recorder.custom].map(([name, histogram]) => [name, histogram.encode()]))
}
