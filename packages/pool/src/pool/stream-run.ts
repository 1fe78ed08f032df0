import type { StreamItem } from '../contract/streams.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { Job } from './job.ts'
import type { RunReport, RunRequest } from './report.ts'
import type { StreamJob } from './stream-job.ts'

/**
 * What is sent beside the input: whole, or piece by piece as the program reads. A Node or web stream of bytes will do; its iterator is
 * closed when the program stops reading or the run ends.
 */
export type StreamBody = Uint8Array | string | AsyncIterable<StreamItem>

/** A call of a program whose body streams in and whose answer streams out. The input is the head of the request. */
export interface OpenRequest extends RunRequest {
  readonly body?: StreamBody
  /** Every item of the body is a message with boundaries. Default false: bytes may be cut and joined; text is always a message. */
  readonly messages?: boolean
}

/** A program that has begun to answer. Whoever opened it reads `body` to its end, breaks off, or disposes of it. */
export interface AnsweredRun extends AsyncDisposable {
  readonly status: 'answered'
  /** What the program said first: JSON, not checked. */
  readonly head: unknown
  /**
   * The answer as the program writes it; unread, it holds the program back. Can be read once. Throws `EK_POOL_STREAM_RESET` when the run does
   * not end well, so that nobody takes half an answer for a whole one.
   */
  readonly body: AsyncIterableIterator<StreamItem, undefined>
  /** Resolves when the run is over, although `body` may still have to be read. Never rejects. */
  readonly done: Promise<RunReport>
  /** Ends the run, as the abort of the request's signal does. */
  cancel(): void
}

/** A run that was refused, failed, or ended before it began to answer; or one that returned its whole output. */
export interface UnansweredRun extends AsyncDisposable {
  readonly status: 'unanswered'
  readonly report: RunReport
}

export type OpenedRun = AnsweredRun | UnansweredRun

/** Waits until the program begins to answer or the job is over. */
export async function openedRun(job: Job, stream: StreamJob, cancel: () => void): Promise<OpenedRun> {
  const head = await stream.head
  if (head === undefined)
    return { status: 'unanswered', report: await job.report, [Symbol.asyncDispose]: () => Promise.resolve() }
  return {
    status: 'answered',
    head: head[0],
    body: stream.answer,
    done: job.report,
    cancel,
    [Symbol.asyncDispose]: async () => {
      cancel()
      await stream.answer.return()
      await job.report
    },
  }
}

export function streamsUnsupported(engine: string): PoolError {
  return new PoolError('EK_POOL_STREAM_UNSUPPORTED', `programs of the engine "${engine}" cannot stream`)
}
