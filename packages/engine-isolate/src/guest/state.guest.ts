/** What one context knows of its execution. Lives inside the isolate. */
export interface GuestState {
  /** Counts the runs in this context; a promise of an earlier one settles nothing. */
  run: number
  /** The compiled program, for runs that reuse the context. */
  program: (() => Promise<unknown>) | undefined
  status: 'new' | 'pending' | 'done' | 'failed'
  /** The program's own code has been called. */
  begun: boolean
  /** JSON of the result, or of a `GuestFailure`. */
  settled: string
  logBytesLeft: number
  outputBytes: number
  /** Truncation is told once. */
  truncationTold: boolean
  /** What the host has been told of the settled run; `outdated` once timers or calls have changed after that. */
  told: 'nothing' | 'reading' | 'outdated'
  readonly timers: GuestTimers
  readonly calls: GuestCalls
  emitLog(level: string, message: string): void
  emitTruncated(): void
  /** Tells the host what has become of the run; an empty text, that it should read that itself. */
  emitReading(text: string): void
  /** An error that nobody can catch any more. */
  fail(error: unknown): void
}

export interface GuestTimers {
  readonly waiting: Map<number, GuestTimer>
  nextId: number
  /** Called after each change. */
  changed(): void
}

export interface GuestTimer {
  readonly dueMs: number
  /** Undefined for one that fires once. */
  readonly everyMs: number | undefined
  readonly order: number
  readonly run: () => void
  /** Nobody is warned when it is left over. */
  readonly silent: boolean
}

/** Calls to the service that are not answered. */
interface GuestCalls {
  readonly waiting: Map<number, { resolve(reply: GuestReply): void; reject(error: Error): void }>
  nextId: number
  /** Calls that may still be made. */
  left: number
  /** Called after each change. */
  changed(): void
  /** Sends a call out of the isolate. The metadata is JSON. */
  emit(callId: number, name: string, meta: string, body: ArrayBuffer | undefined): void
  /** Tells the host that nobody waits for the answer any more. */
  emitCancel(callId: number): void
}

export interface GuestReply {
  readonly meta: unknown
  readonly body: ArrayBuffer
}

/** An error as it leaves the isolate: text only. */
export interface GuestFailure {
  readonly kind: 'syntax' | 'thrown' | 'result'
  readonly type: string
  readonly message: string
  readonly stack?: string
  readonly hint?: string
  /** The error's own `code`. */
  readonly errorCode?: string
  readonly cause?: GuestFailure
  readonly errors?: readonly GuestFailure[]
}

export type AsyncFunctionConstructor = new (...parts: string[]) => () => Promise<unknown>
