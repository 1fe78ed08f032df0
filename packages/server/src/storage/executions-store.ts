/** One run that is over. Texts are JSON. */
export interface ExecutionRecord {
  readonly id: string
  readonly kind: ExecutionKind
  readonly tenant: string
  readonly tokenId: string | null
  readonly functionName: string | null
  readonly version: number | null
  readonly status: ExecutionStatus
  readonly httpStatus: number
  readonly errorCode: string | null
  readonly errorType: string | null
  readonly startedAtMs: number
  readonly queueMs: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakHeapBytes: number
  readonly error: string | null
  readonly logs: string | null
  readonly warnings: string | null
  /** Kept only if the retention policy says so; `sourceDigest` too, which names a source. */
  readonly input: string | null
  readonly result: string | null
  readonly sourceDigest: string | null
  /** JSON of the limits of a run with its own code, for a replay. */
  readonly limits: string | null
  readonly replayOf: string | null
}

export type ExecutionKind = 'run' | 'invoke' | 'webhook' | 'async' | 'schedule' | 'flow' | 'replay'
export type ExecutionStatus = 'succeeded' | 'failed' | 'refused' | 'cancelled'

/** Code of runs that were not stored functions, kept once however often it ran. */
export interface SourceRecord {
  readonly digest: string
  readonly language: string
  readonly code: string
}

export interface ExecutionsQuery {
  /** Default: all. */
  readonly tenants?: readonly string[]
  readonly tokenId?: string
  readonly functionName?: string
  readonly kind?: ExecutionKind
  readonly status?: ExecutionStatus
  readonly errorCode?: string
  readonly sinceMs?: number
  readonly untilMs?: number
  /** Executions that come after this one in the order of the list. */
  readonly after?: { readonly startedAtMs: number; readonly id: string }
  readonly limit: number
}

export interface ExecutionsStore {
  /** All or none. An id that is there already is replaced: a batch can be sent again, and of several attempts the last is kept. */
  insert(records: readonly ExecutionRecord[], sources: readonly SourceRecord[]): Promise<void>
  get(id: string): Promise<ExecutionRecord | undefined>
  /** Newest first, without logs, warnings, input and result. */
  list(query: ExecutionsQuery): Promise<readonly ExecutionRecord[]>
  source(digest: string): Promise<SourceRecord | undefined>
  /** Deletes what started before `beforeMs`, then the oldest beyond `maxRows`; at most `limit` at a call. Returns how many. */
  prune(policy: { readonly beforeMs: number; readonly maxRows: number; readonly limit: number }): Promise<number>
}
