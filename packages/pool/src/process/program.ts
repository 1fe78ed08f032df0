import type { Writable } from 'node:stream'
import type { HostReply } from '../contract/engine.ts'
import type { AnswerOptions, StreamItem, StreamWriter } from '../contract/streams.ts'

/**
 * An exported function of the program. Of a whole run, the returned value is the output: bytes as they are, anything else as JSON. Of a
 * streamed run, the answer is what was written after `respond`; without `respond`, it is the returned value again.
 */
export type ProgramFunction = (input: unknown, context: ProgramContext) => unknown

/** What a program knows of one invocation. */
export interface ProgramContext {
  readonly tenant: string
  /** The `options` of the engine. */
  readonly options: unknown
  /** Aborted at the soft limit (a `TimeoutError`), or when the caller is gone (an `AbortError`). */
  readonly signal: AbortSignal
  /** Aborted when the host takes no new work: what has no end of its own, such as a WebSocket, should come to one. */
  readonly draining: AbortSignal
  /** What the caller streams in; empty when the run is whole. Read at most once. */
  readonly body: AsyncIterable<StreamItem>
  /** Begins to answer. Throws when the run was not opened as a stream, and the second time. The head must survive JSON. */
  respond(head: unknown, options?: AnswerOptions): AnswerWriter
  /** Asks the service that runs the pool. */
  call(name: string, meta: unknown, body?: Uint8Array): Promise<HostReply>
}

/** The sending end of a streamed answer. It is ended when the program's function returns. */
export interface AnswerWriter extends StreamWriter {
  /** A Node stream into this answer, which holds its source back when the caller reads slowly. It errors when nobody reads any more. */
  toWritable(): Writable
}

/** What the program's exported `warm` function is called with, once, before the host takes work. */
export interface WarmContext {
  readonly options: unknown
}
