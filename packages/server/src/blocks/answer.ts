import {
  noUsage,
  type EndReason,
  type Outcome,
  type ProgramError,
  type Refusal,
  type RefusedReport,
  type RunReport,
} from '@evenkeel/pool'
import type { ServerErrorCode } from '../errors/codes.ts'
import { errorBody, type ErrorBody, type ErrorPart } from '../errors/error-body.ts'
import type { BlockLimits } from '../config/options.ts'

export interface Answer {
  readonly status: number
  readonly retryAfterS?: number
  /** Where the time went, for the `Server-Timing` header (https://www.w3.org/TR/server-timing/). */
  readonly serverTiming: string
  /** JSON text. */
  readonly body: string
  /** The result alone, as JSON text; absent after a failure. */
  readonly result?: string
  readonly error?: ErrorBody
}

/** What the pool says of a run, and the requests it made. */
export interface BlockReport extends RunReport {
  /** Default 0. */
  readonly subrequests?: number
}

/** The HTTP answer to a run. The result is passed on as the text that the host checked, not parsed again. */
export function runAnswer(id: string, report: BlockReport, limits: BlockLimits): Answer {
  const { outcome } = report
  if (outcome.status === 'ok') {
    const result = Buffer.from(outcome.output.buffer, outcome.output.byteOffset, outcome.output.byteLength).toString()
    const rest = JSON.stringify(detailsOf(report)).slice(1)
    return {
      status: 200,
      serverTiming: serverTimingOf(report),
      result,
      body: `{"id":${JSON.stringify(id)},"result":${result},${rest}`,
    }
  }
  return failedAnswer(id, report, failureOf(outcome, limits))
}

/** The answer to a run that the pool did not begin. */
export function refusedAnswer(id: string, report: RefusedReport): Answer {
  return failedAnswer(id, report, refusalFailure(report.outcome))
}

/** The answer to a run that failed for this reason, whatever its outcome. */
export function failedAnswer(id: string, report: BlockReport, { status, error, retryAfterS }: Failure): Answer {
  const body = JSON.stringify({ id, error, ...detailsOf(report) })
  const answer = { status, serverTiming: serverTimingOf(report), body, error }
  return retryAfterS === undefined ? answer : { ...answer, retryAfterS }
}

function detailsOf(report: BlockReport): object {
  const { outcome, logs, logsTruncated } = report
  return {
    logs: logs.map((entry) => ({ ...entry, atMs: rounded(entry.atMs) })),
    ...(logsTruncated ? { logsTruncated } : {}),
    warnings: 'warnings' in outcome ? outcome.warnings : [],
    usage: usageOf(report),
  }
}

function serverTimingOf({ outcome, timeline }: RunReport): string {
  const { wallMs, cpuMs } = outcome.status === 'refused' ? noUsage : outcome.usage
  const { queueMs, dispatchMs, initMs } = timeline
  const parts = { queue: queueMs, dispatch: dispatchMs, init: initMs, run: Math.max(0, wallMs - initMs), cpu: cpuMs }
  return Object.entries(parts)
    .map(([name, ms]) => `${name};dur=${ms.toFixed(3)}`)
    .join(', ')
}

function usageOf({ outcome, timeline, subrequests = 0 }: BlockReport): Record<string, number | string> {
  const { wallMs, cpuMs, peakHeapBytes, start } = outcome.status === 'refused' ? noUsage : outcome.usage
  return {
    queueMs: rounded(timeline.queueMs),
    wallMs: rounded(wallMs),
    cpuMs: rounded(cpuMs),
    peakHeapBytes,
    subrequests,
    start,
  }
}

export interface Failure {
  readonly status: number
  readonly error: ErrorBody
  readonly retryAfterS?: number
}

function failureOf(outcome: Exclude<Outcome | Refusal, { status: 'ok' }>, limits: BlockLimits): Failure {
  if (outcome.status === 'failed') return programFailure(outcome.error)
  if (outcome.status === 'refused') return refusalFailure(outcome)
  return endFailure(outcome.reason, limits)
}

const programCodes = { syntax: 'EK_BLOCK_SYNTAX', thrown: 'EK_BLOCK_THREW', result: 'EK_BLOCK_RESULT' } as const

function programFailure(error: ProgramError): Failure {
  const { kind, type, message, cause, errors, errorCode: _own, ...details } = error
  const parts = {
    ...(cause === undefined ? {} : { cause: errorPart(cause) }),
    ...(errors === undefined ? {} : { errors: errors.map((each) => errorPart(each)) }),
  }
  return { status: 422, error: errorBody(programCodes[kind], type, message, { ...details, ...parts }) }
}

/** A cause or a member of an aggregated error; `code` is the error's own. */
function errorPart({ kind: _kind, errorCode, cause, errors, hint: _hint, ...rest }: ProgramError): ErrorPart {
  return {
    ...rest,
    ...(errorCode === undefined ? {} : { code: errorCode }),
    ...(cause === undefined ? {} : { cause: errorPart(cause) }),
    ...(errors === undefined ? {} : { errors: errors.map((each) => errorPart(each)) }),
  }
}

interface EndDescription {
  readonly status: number
  readonly code: ServerErrorCode
  readonly type: string
  readonly message: (limits: BlockLimits) => string
  readonly hint?: string
  readonly retryable?: boolean
}

const ends: Readonly<Record<EndReason, EndDescription>> = {
  wall: {
    status: 504,
    code: 'EK_BLOCK_TIMEOUT',
    type: 'TimeoutError',
    message: ({ wallMs }) => `The block ran longer than ${wallMs} ms`,
  },
  cpu: {
    status: 504,
    code: 'EK_BLOCK_CPU',
    type: 'CpuLimitError',
    message: ({ cpuMs }) => `The block used more than ${cpuMs} ms of processor time`,
  },
  memory: {
    status: 507,
    code: 'EK_BLOCK_MEMORY',
    type: 'MemoryLimitError',
    message: ({ memoryMb }) => `The block used more than ${memoryMb} MiB of memory`,
  },
  output: {
    status: 422,
    code: 'EK_BLOCK_OUTPUT',
    type: 'ValidationError',
    message: ({ outputBytes }) => `The result is larger than ${outputBytes} bytes`,
  },
  stalled: {
    status: 504,
    code: 'EK_BLOCK_STALLED',
    type: 'TimeoutError',
    message: () => 'The block can never settle: it waits for a promise, and no timer or request is pending',
    hint: 'Look for a promise whose resolve is never called',
  },
  cancelled: {
    status: 499,
    code: 'EK_BLOCK_CANCELLED',
    type: 'CancelledError',
    message: () => 'The run was cancelled',
  },
  drained: {
    status: 503,
    code: 'EK_BLOCK_DRAINED',
    type: 'DrainedError',
    message: () => 'The server stopped before the block ended',
    retryable: true,
  },
  host_lost: {
    status: 503,
    code: 'EK_BLOCK_HOST_LOST',
    type: 'HostLostError',
    message: () => 'The process that ran the block ended for a reason that is not the block',
    hint: 'The block may have run in part; run it again if that does no harm',
    retryable: true,
  },
}

function endFailure(reason: EndReason, limits: BlockLimits): Failure {
  const { status, code, type, message, hint, retryable = false } = ends[reason]
  return { status, error: errorBody(code, type, message(limits), { hint, retryable }) }
}

const refusals = {
  tenant_concurrency: [
    429,
    'EK_TENANT_CONCURRENCY',
    'ConcurrencyError',
    'Too many of your runs are going on at one time',
  ],
  tenant_queue_full: [429, 'EK_TENANT_QUEUE_FULL', 'ConcurrencyError', 'Too much of your work is waiting'],
  queue_full: [503, 'EK_OVERLOAD_QUEUE_FULL', 'OverloadError', 'Too many runs are waiting'],
  queue_timeout: [503, 'EK_OVERLOAD_QUEUE_TIMEOUT', 'OverloadError', 'No runtime became free in time'],
  draining: [503, 'EK_DRAINING', 'DrainingError', 'The server is stopping'],
  unavailable: [503, 'EK_UNAVAILABLE', 'UnavailableError', 'The server cannot run code now'],
  cancelled: [499, 'EK_BLOCK_CANCELLED', 'CancelledError', 'The run was cancelled'],
} as const

function refusalFailure({ reason, retryAfterMs }: Refusal): Failure {
  const [status, code, type, message] = refusals[reason]
  return {
    status,
    error: errorBody(code, type, message, { retryable: true }),
    retryAfterS: Math.max(1, Math.ceil(retryAfterMs / 1_000)),
  }
}

/** Microseconds are enough for a reader. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
