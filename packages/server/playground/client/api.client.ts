export interface LogLine {
  readonly level: string
  readonly message: string
  readonly atMs: number
}

export interface RunError {
  readonly type: string
  readonly code: string
  readonly message: string
  readonly line?: number
  readonly column?: number
  readonly stack?: string
  readonly hint?: string
}

/** Body of the answer to a run; a refusal has an error alone. */
export interface RunBody {
  readonly id?: string
  readonly result?: unknown
  readonly error?: RunError
  readonly logs?: readonly LogLine[]
  readonly logsTruncated?: boolean
  readonly warnings?: readonly { readonly code: string; readonly message: string }[]
  readonly usage?: {
    readonly cpuMs: number
    readonly peakHeapBytes: number
    readonly subrequests: number
    readonly start: 'warm' | 'cold'
  }
}

export interface Answer<Body> {
  readonly status: number
  readonly body: Body
  readonly serverTiming: string
  /** From the request until the answer was read. */
  readonly elapsedMs: number
}

/** The server answered with an error, or not at all (status 0). */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** Paths of the public API, on the origin of the page. */
const root = '/admin/v1'
const tokenKey = 'evenkeel.token'

/** Kept for this tab alone, and never part of an address. */
export function setToken(token: string): void {
  if (token === '') sessionStorage.removeItem(tokenKey)
  else sessionStorage.setItem(tokenKey, token)
}

/** Any status; rejects when there is no answer of the API. */
export async function ask<Body>(path: string, { method = 'GET', body, signal }: Ask = {}): Promise<Answer<Body>> {
  const token = sessionStorage.getItem(tokenKey)
  const startedAtMs = performance.now()
  const response = await fetch(root + path, {
    method,
    credentials: 'omit',
    cache: 'no-store',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
  const answer = (await response.json()) as Body
  const elapsedMs = performance.now() - startedAtMs
  return { status: response.status, body: answer, serverTiming: response.headers.get('server-timing') ?? '', elapsedMs }
}

/** Rejects with an `ApiError` for a status that is no success. */
export async function askFor<Body>(path: string, options?: Ask): Promise<Body> {
  const { status, body } = await ask<Body & { readonly error?: RunError }>(path, options)
  if (status >= 400) throw new ApiError(status, body.error?.message ?? String(status))
  return body
}
