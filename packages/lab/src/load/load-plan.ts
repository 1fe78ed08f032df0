import type { ResolvedScript } from '../script/resolved-script.ts'

/** What to send: the users of a script, or one request over and over. */
export type LoadPlan = ScriptPlan | RequestPlan

export interface ScriptPlan {
  readonly kind: 'script'
  readonly script: ResolvedScript
  /** Rows of `sequence` and `unique` payloads that earlier loads have taken. Default 0. */
  readonly firstRow?: number
}

/** One request, repeated: closed model (each connection sends the next when answered), or paced when `requestRate` is given. */
export interface RequestPlan {
  readonly kind: 'request'
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly connections: number
  /** Requests in flight on each connection. */
  readonly pipelining: number
  /** Ends after this time or after `requestCount` requests, whichever is first; one of them is given. */
  readonly durationMs?: number
  readonly requestCount?: number
  /** Requests per second over all connections by an absolute timetable; latency then counts from the planned time. */
  readonly requestRate?: number
  /** Sent before measuring starts, on the same connections. */
  readonly warmUpMs: number
  readonly timeoutMs: number
  /** False accepts any certificate. */
  readonly verifyTls: boolean
  /** Followed redirects are not part of this plan: a 3xx is a response. */
  readonly expectedStatus?: readonly number[]
}

/** Which part of a plan one of several generators sends: every `count`-th arrival, starting at `index`. */
export interface LoadShare {
  readonly index: number
  readonly count: number
}
