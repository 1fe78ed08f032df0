/**
 * A piece of a stream. Text is a message and arrives as it was sent. Bytes are a message where the sender said so; else they are part
 * of a body and may be cut and joined on the way.
 */
export type StreamItem = Uint8Array | string

/** How an answer is sent. */
export interface AnswerOptions {
  /** Every item is a message with boundaries, as in a WebSocket. Default false: bytes are a body. */
  readonly messages?: boolean
}

/** Both directions of an invocation that was opened as a stream. They end with the invocation. */
export interface InvocationStreams {
  /** What the caller sends. Read at most once; breaking off tells the caller to stop. Throws `EK_POOL_STREAM_RESET` when the caller breaks off. */
  readonly body: AsyncIterable<StreamItem>
  /** Sends the head of the answer, which must survive JSON. At most once. */
  respond(head: unknown, options?: AnswerOptions): StreamWriter
}

/** The sending end of a stream with credits: at most a window of bytes is under way. */
export interface StreamWriter {
  /**
   * Resolves when the reader has room for more; wait for it, or what is written waits here. Rejects with `EK_POOL_STREAM_CLOSED` when nobody
   * reads any more, and with `EK_POOL_STREAM_MESSAGE` when a message is too large.
   */
  write(item: StreamItem): Promise<void>
  /** Resolves when everything has left this process. Idempotent. */
  end(): Promise<void>
  /** Aborted when nobody reads any more. */
  readonly closed: AbortSignal
}
