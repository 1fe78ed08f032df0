/** The wire types of the public API, as `GET /v1/openapi.json` describes them. */
export interface RunRequest {
  readonly code: string
  /** Any JSON value. Default `{}`. */
  readonly input?: unknown
  readonly language?: 'js' | 'ts'
  readonly limits?: Limits
}

export interface Limits {
  readonly wallMs?: number
  readonly cpuMs?: number
  readonly memoryMb?: number
  /** Requests of the block to other hosts. */
  readonly subrequests?: number
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'log' | 'warn' | 'error'
  readonly message: string
  readonly atMs: number
}

export interface Usage {
  readonly queueMs: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakHeapBytes: number
  readonly subrequests: number
  readonly start: 'warm' | 'cold'
}

export interface RunAnswer<Result = unknown> {
  readonly id: string
  readonly result: Result
  readonly logs: readonly LogLine[]
  readonly logsTruncated?: boolean
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
  readonly usage: Usage
}

export interface RemoteError {
  readonly type: string
  readonly code: string
  readonly message: string
  readonly fault: 'caller' | 'system'
  readonly retryable: boolean
  readonly line?: number
  readonly column?: number
  readonly stack?: string
  readonly hint?: string
}

export interface FunctionInput {
  readonly code: string
  readonly language?: 'js' | 'ts'
  readonly description?: string
  readonly limits?: Limits
  readonly freshness?: 'context' | 'isolate' | 'process' | 'reuse'
  readonly env?: Readonly<Record<string, string>>
  /** Those given are set, null removes one, the others stay. */
  readonly secrets?: Readonly<Record<string, string | null>>
  readonly ipAllow?: readonly string[]
  readonly egress?: readonly string[] | null
  readonly inputSchema?: unknown
  readonly outputSchema?: unknown
  readonly webhook?: { readonly public?: boolean; readonly rawBody?: boolean }
}

export interface Deployment {
  readonly name: string
  readonly version: number
  readonly previousVersion: number | null
  readonly changed: boolean
}

export interface FunctionSummary {
  readonly name: string
  readonly version: number
  readonly currentVersion: number
  readonly description: string
  readonly aliases: Readonly<Record<string, number>>
  readonly managed: boolean
  readonly createdAt: string
  readonly updatedAt: string
}

export interface FunctionDetails
  extends FunctionSummary, Required<Omit<FunctionInput, 'description' | 'secrets' | 'webhook'>> {
  /** Names only. */
  readonly secrets: readonly string[]
  readonly webhook: { readonly public: boolean; readonly rawBody: boolean }
}

export interface FunctionVersion {
  readonly version: number
  readonly current: boolean
  readonly aliases: readonly string[]
  readonly description: string
  readonly codeDigest: string
  readonly createdAt: string
}

export interface InvokeOptions {
  readonly input?: unknown
  /** A number or an alias. */
  readonly version?: number | string
}

export interface AsyncStarted {
  readonly id: string
  readonly status: string
  /** The idempotency key was used before, and this is the run of then. */
  readonly duplicate: boolean
}

export interface Execution {
  readonly id: string
  readonly kind: string
  readonly status: 'queued' | 'running' | 'succeeded' | 'failed' | 'refused' | 'cancelled'
  readonly function?: string
  readonly version?: number
  readonly startedAt?: string
  readonly httpStatus?: number
  readonly error?: RemoteError
  readonly logs?: readonly LogLine[]
  readonly input?: unknown
  readonly result?: unknown
  readonly usage?: Pick<Usage, 'queueMs' | 'wallMs' | 'cpuMs' | 'peakHeapBytes'>
  readonly replayOf?: string
  readonly job?: {
    readonly attempts: number
    readonly maxAttempts: number
    readonly createdAt: string
    readonly nextAttemptAt?: string
    readonly finishedAt?: string
    /** The whole answer, as a call that waits would have had. */
    readonly answer?: RunAnswer | { readonly id: string; readonly error: RemoteError }
  }
}

export interface ExecutionFilter {
  readonly function?: string
  readonly kind?: string
  readonly status?: string
  /** Code of the error. */
  readonly code?: string
  readonly since?: string
  readonly until?: string
  /** Default 50, at most 500. */
  readonly limit?: number
  readonly cursor?: string
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** For the next page; null at the end. */
  readonly next: string | null
}

export interface ScheduleInput {
  readonly cron: string
  readonly timezone?: string
  readonly input?: unknown
  readonly version?: string
  readonly enabled?: boolean
}

export interface Schedule extends Required<Omit<ScheduleInput, 'version'>> {
  readonly id: string
  readonly version: string | null
  readonly nextAt: string | null
  readonly lastDueAt: string | null
  readonly lastOutcome: string | null
  readonly skipped: number
}
