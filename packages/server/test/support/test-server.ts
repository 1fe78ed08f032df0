import { serve, type RunningServer, type ServerOptions } from '@evenkeel/server'

interface ErrorPart {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly line?: number
  readonly cause?: ErrorPart
}

/** An answer of `POST /v1/run`, as a client sees it. */
export interface RunAnswer {
  readonly status: number
  readonly elapsedMs: number
  readonly body: {
    readonly id?: string
    readonly result?: unknown
    readonly error?: {
      readonly type: string
      readonly cause?: ErrorPart
      readonly errors?: readonly ErrorPart[]
      readonly code: string
      readonly message: string
      readonly fault: string
      readonly retryable: boolean
      readonly line?: number
      readonly column?: number
      readonly stack?: string
      readonly hint?: string
    }
    readonly logs?: readonly { readonly level: string; readonly message: string; readonly atMs: number }[]
    readonly logsTruncated?: boolean
    readonly warnings?: readonly { readonly code: string; readonly message: string }[]
    readonly usage?: {
      readonly cpuMs: number
      readonly wallMs: number
      readonly queueMs: number
      readonly peakHeapBytes: number
      readonly subrequests: number
      readonly start: string
    }
  }
}

/** Any answer of the API. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Parsed, when it is JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read many shapes, and fail where they are others
  readonly body: any
}

export interface AskOptions {
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Record<string, string>
}

export interface TestServer extends AsyncDisposable {
  readonly server: RunningServer
  /** A request to the public listener. */
  ask(method: string, path: string, options?: AskOptions): Promise<ApiAnswer>
  /** A request to the admin listener. */
  admin(method: string, path: string, options?: AskOptions): Promise<ApiAnswer>
  /** A new token, as the admin API gives it. */
  token(
    fields?: Record<string, unknown>,
  ): Promise<{ readonly id: string; readonly token: string; readonly tenant: string }>
  run(code: string, fields?: Record<string, unknown>): Promise<RunAnswer>
  post(body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>): Promise<RunAnswer>
}

/** A real server on free ports. */
export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const server = await serve({ port: 0, adminPort: 0, ...options })
  const post = async (
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<RunAnswer> => {
    const startedAtMs = performance.now()
    const response = await fetch(`${server.url}/v1/run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    const answer = (await response.json()) as RunAnswer['body']
    return { status: response.status, elapsedMs: performance.now() - startedAtMs, body: answer }
  }
  const admin = (method: string, path: string, options?: AskOptions): Promise<ApiAnswer> =>
    askAt(server.adminUrl, method, path, options)
  return {
    server,
    post,
    admin,
    ask: (method, path, options) => askAt(server.url, method, path, options),
    token: async (fields = {}) => (await admin('POST', '/admin/tokens', { body: { name: 'test', ...fields } })).body,
    run: (code, fields = {}) => post(JSON.stringify({ code, ...fields })),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

async function askAt(
  url: string,
  method: string,
  path: string,
  { body, token, headers = {} }: AskOptions = {},
): Promise<ApiAnswer> {
  const isText = typeof body === 'string'
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== ''
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : text }
}

/** Asks again until the answer is as wanted; each question is a round trip. Fails after a while. */
export async function until<Value>(
  ask: () => Promise<Value>,
  isWanted: (value: Value) => boolean,
  withinMs: number = 20_000,
): Promise<Value> {
  const endMs = performance.now() + withinMs
  for (;;) {
    const value = await ask()
    if (isWanted(value)) return value
    if (performance.now() > endMs) throw new Error(`not reached: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
