import { createHash } from 'node:crypto'
import { noUsage, type RunReport } from '@evenkeel/pool'
import type { HistoryOptions } from '../../config/options.ts'
import type { ExecutionKind, ExecutionRecord, ExecutionStatus, SourceRecord } from '../../storage/executions-store.ts'
import type { Answer } from '../answer.ts'
import { redactJson } from '../redact.ts'
import type { BlockRun } from '../run-request.ts'

export interface ExecutionFacts {
  readonly id: string
  readonly kind: ExecutionKind
  readonly tenant: string
  readonly tokenId: string | null
  readonly functionName: string | null
  readonly version: number | null
  readonly replayOf: string | null
  readonly startedAtMs: number
}

interface Finished {
  readonly answer: Answer
  readonly report: RunReport
}

/** What the history keeps of a run, by the retention policy and without secrets. Of one that was turned away nothing else is known. */
export function executionRecord(
  facts: ExecutionFacts,
  run: BlockRun | undefined,
  finished: Finished,
  policy: HistoryOptions,
): { readonly record: ExecutionRecord; readonly source: SourceRecord | undefined } {
  const source = policy.keepInputs && facts.functionName === null ? run && sourceOf(run) : undefined
  const record = {
    ...facts,
    ...measurements(finished.report),
    ...messages(finished),
    ...(run === undefined ? { input: null, result: null } : keptValues(run, finished.answer, policy)),
    status: statusOf(finished.report, finished.answer),
    httpStatus: finished.answer.status,
    sourceDigest: source?.digest ?? null,
    limits: source === undefined ? null : JSON.stringify(run?.limits),
  }
  return { record, source }
}

function measurements({
  outcome,
  timeline,
}: RunReport): Pick<ExecutionRecord, 'queueMs' | 'wallMs' | 'cpuMs' | 'peakHeapBytes'> {
  const { wallMs, cpuMs, peakHeapBytes } = outcome.status === 'refused' ? noUsage : outcome.usage
  return { queueMs: timeline.queueMs, wallMs, cpuMs, peakHeapBytes: Math.round(peakHeapBytes) }
}

function messages({
  answer: { error },
  report: { outcome, logs },
}: Finished): Pick<ExecutionRecord, 'errorCode' | 'errorType' | 'error' | 'logs' | 'warnings'> {
  const warnings = 'warnings' in outcome ? outcome.warnings : []
  return {
    errorCode: error?.code ?? null,
    errorType: error?.type ?? null,
    error: error === undefined ? null : JSON.stringify(error),
    logs: jsonOrNull(logs),
    warnings: jsonOrNull(warnings),
  }
}

function keptValues(run: BlockRun, answer: Answer, policy: HistoryOptions): Pick<ExecutionRecord, 'input' | 'result'> {
  const secrets = Object.values(run.context?.secrets ?? {})
  const keep = (json: string | undefined): string | null =>
    json === undefined || json.length > policy.maxValueBytes ? null : redactJson(json, secrets)
  return { input: policy.keepInputs ? keep(run.input) : null, result: policy.keepResults ? keep(answer.result) : null }
}

function jsonOrNull(items: readonly unknown[]): string | null {
  return items.length === 0 ? null : JSON.stringify(items)
}

function statusOf({ outcome }: RunReport, answer: Answer): ExecutionStatus {
  if (answer.error === undefined) return 'succeeded'
  if (answer.error.code === 'EK_BLOCK_CANCELLED') return 'cancelled'
  return outcome.status === 'refused' ? 'refused' : 'failed'
}

function sourceOf({ code, language }: BlockRun): SourceRecord {
  const digest = createHash('sha256').update(language).update('\0').update(code).digest('base64url')
  return { digest, language, code }
}
