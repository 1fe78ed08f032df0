import type { ExecutionRecord } from '../../storage/executions-store.ts'
import type { JobRecord } from '../../storage/jobs-store.ts'

/** An execution as the API shows it. Fields that the retention policy did not keep are absent. */
export interface ExecutionView {
  readonly id: string
  readonly kind: string
  readonly status: string
  readonly function?: string
  readonly version?: number
  readonly startedAt?: string
  readonly httpStatus?: number
  readonly error?: unknown
  readonly logs?: unknown
  readonly warnings?: unknown
  readonly input?: unknown
  readonly result?: unknown
  readonly usage?: {
    readonly queueMs: number
    readonly wallMs: number
    readonly cpuMs: number
    readonly peakHeapBytes: number
  }
  readonly replayOf?: string
  readonly job?: JobView
}

/** Of an asynchronous run: its attempts, and its whole answer once it is over. */
interface JobView {
  readonly attempts: number
  readonly maxAttempts: number
  readonly createdAt: string
  readonly nextAttemptAt?: string
  readonly finishedAt?: string
  readonly answer?: unknown
}

export function executionView(record: ExecutionRecord): ExecutionView {
  const { id, kind, status, httpStatus, queueMs, wallMs, cpuMs, peakHeapBytes } = record
  const view: ExecutionView = {
    id,
    kind,
    status,
    startedAt: new Date(record.startedAtMs).toISOString(),
    httpStatus,
    usage: { queueMs: rounded(queueMs), wallMs: rounded(wallMs), cpuMs: rounded(cpuMs), peakHeapBytes },
    ...(record.functionName === null ? {} : { function: record.functionName }),
    ...(record.version === null ? {} : { version: record.version }),
    ...(record.replayOf === null ? {} : { replayOf: record.replayOf }),
  }
  const { error, logs, warnings, input, result } = record
  return { ...view, ...parsed({ error, logs, warnings, input, result }) }
}

/** To the microsecond, as in the answer of the run. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

export function jobView(job: JobRecord): ExecutionView {
  const { id, kind, status, functionName, attempts, maxAttempts, answer } = job
  const times = {
    createdAt: new Date(job.createdAtMs).toISOString(),
    ...(status === 'queued' ? { nextAttemptAt: new Date(job.nextAtMs).toISOString() } : {}),
    ...(job.finishedAtMs === null ? {} : { finishedAt: new Date(job.finishedAtMs).toISOString() }),
  }
  return {
    id,
    kind,
    status,
    function: functionName,
    job: { attempts, maxAttempts, ...times, ...(answer === null ? {} : { answer: JSON.parse(answer) as unknown }) },
  }
}

function parsed(texts: Readonly<Record<string, string | null>>): Record<string, unknown> {
  const kept = Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== null)
  return Object.fromEntries(kept.map(([name, text]) => [name, JSON.parse(text) as unknown]))
}
