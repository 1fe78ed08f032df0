import type { Outcome, Refusal, RunReport } from '@evenkeel/pool'
import type { NoPage, RenderHead } from '../render/messages.ts'

/** Why there is no answer of the page's code at all. */
type FailureReason = 'deadline' | 'memory' | 'output' | 'lost' | 'overload' | 'draining' | 'cancelled' | 'fault'

export interface Failure {
  readonly status: 'failed'
  readonly reason: FailureReason
  /** For the operator's log. */
  readonly detail: string
  /** When to come back, in milliseconds. */
  readonly retryAfterMs?: number
}

export type Rendered =
  | { readonly status: 'page'; readonly httpStatus: number; readonly html: Uint8Array }
  | {
      readonly status: 'streaming'
      readonly httpStatus: number
      readonly body: AsyncIterable<Uint8Array | string>
      cancel(): void
    }
  | { readonly status: 'none'; readonly answer: NoPage }
  | { readonly status: 'suspended' }
  | Failure

/** The first line of nearly every page. */
const usualHead: Buffer = Buffer.from(`${JSON.stringify({ kind: 'page', status: 200 } satisfies RenderHead)}\n`)

/** The first line says what came of it, the rest is the document. */
export function parseRendered(output: Uint8Array): Rendered {
  if (usualHead.equals(output.subarray(0, usualHead.byteLength)))
    return { status: 'page', httpStatus: 200, html: output.subarray(usualHead.byteLength) }
  const end = output.indexOf(10)
  const head = JSON.parse(Buffer.from(output.buffer, output.byteOffset, end).toString()) as RenderHead
  if (head.kind === 'page') return { status: 'page', httpStatus: head.status, html: output.subarray(end + 1) }
  return head.kind === 'suspended' ? { status: 'suspended' } : { status: 'none', answer: head }
}

export function failureOf({ outcome }: RunReport): Failure {
  if (outcome.status === 'refused') return refused(outcome)
  if (outcome.status === 'failed') return { status: 'failed', reason: 'fault', detail: faultDetail(outcome.error) }
  if (outcome.status === 'ended')
    return { status: 'failed', reason: endReasons[outcome.reason], detail: outcome.detail }
  return { status: 'failed', reason: 'fault', detail: 'the page host answered without a page' }
}

type EndReason = Extract<Outcome, { status: 'ended' }>['reason']

const endReasons: Readonly<Record<EndReason, FailureReason>> = {
  wall: 'deadline',
  cpu: 'deadline',
  stalled: 'deadline',
  memory: 'memory',
  output: 'output',
  host_lost: 'lost',
  cancelled: 'cancelled',
  drained: 'draining',
}

function refused({ reason, retryAfterMs }: Refusal): Failure {
  if (reason === 'cancelled') return { status: 'failed', reason: 'cancelled', detail: reason }
  return { status: 'failed', reason: reason === 'draining' ? 'draining' : 'overload', detail: reason, retryAfterMs }
}

function faultDetail({ message, stack }: { message: string; stack?: string }): string {
  return stack ?? message
}
