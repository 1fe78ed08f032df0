import { ClientError, type FailedRun } from './client-error.ts'
import type { RemoteError } from './types.ts'

export interface ConnectionOptions {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string
  readonly token?: string
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

export type Query = Readonly<Record<string, string | number | undefined>>

interface Question {
  readonly query?: Query
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** Sends JSON and reads JSON. */
export class Connection {
  readonly #url: string
  readonly #token: string | undefined
  readonly #fetch: typeof globalThis.fetch

  constructor({ url, token, fetch = globalThis.fetch }: ConnectionOptions) {
    this.#url = url.replace(/\/+$/, '')
    this.#token = token
    this.#fetch = fetch
  }

  async ask<Answer>(method: string, path: string, question: Question = {}): Promise<Answer> {
    const { response, text } = await this.#send(method, path, question, async (answered) => ({
      response: answered,
      text: await answered.text(),
    }))
    if (response.status === 204) return undefined as Answer
    const answer = parse(response, text)
    if (response.ok) return answer as Answer
    throw failure(response, answer)
  }

  /** An answer that is no JSON, its body not yet read. JSON can only be an error here. */
  async open(method: string, path: string, question: Question = {}): Promise<Response> {
    const response = await this.#send(method, path, question, (answered) => Promise.resolve(answered))
    if (response.headers.get('content-type')?.includes('json') !== true) return response
    throw failure(response, parse(response, await response.text()))
  }

  async #send<Got>(
    method: string,
    path: string,
    { query = {}, body, signal }: Question,
    read: (response: Response) => Promise<Got>,
  ): Promise<Got> {
    const headers: Record<string, string> = {}
    if (this.#token !== undefined) headers['authorization'] = `Bearer ${this.#token}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    try {
      const url = `${this.#url}${path}${queryText(query)}`
      return await read(
        await this.#fetch(url, { method, headers, ...sent, redirect: 'manual', signal: signal ?? null }),
      )
    } catch (cause) {
      if (signal?.aborted === true) throw cause
      const message = `${new URL(this.#url).origin} cannot be reached: ${reasonOf(cause)}`
      throw new ClientError(0, ownError('EK_CLIENT_UNREACHABLE', message), { cause })
    }
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined)
  if (given.length === 0) return ''
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`
}

function parse(response: Response, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = `the answer (${response.status}) is no JSON: ${text.slice(0, 200)}`
    throw new ClientError(response.status, ownError('EK_CLIENT_ANSWER', message), { cause })
  }
}

function failure(response: Response, answer: unknown): ClientError {
  const { error, ...run } = answer as { error?: RemoteError } & FailedRun
  const retryAfter = response.headers.get('retry-after')
  const known = error ?? ownError('EK_CLIENT_ANSWER', `the answer ${response.status} has no error`)
  return new ClientError(response.status, known, {
    run,
    retryAfterS: retryAfter === null ? undefined : Number(retryAfter),
  })
}

function ownError(code: string, message: string): RemoteError {
  return { type: 'ClientError', code, message, fault: 'system', retryable: true }
}

/** `fetch` hides the reason in the cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string; code?: string }; message: string }
  return cause?.code ?? cause?.message ?? message
}
