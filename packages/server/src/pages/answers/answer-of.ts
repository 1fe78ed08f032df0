import type { Failure } from '../deployment/rendered.ts'
import type { HeaderList, Redirection } from '../render/messages.ts'
import type { ErrorPages } from './error-pages.ts'
import { newNonce, withNonce, type CspOptions } from './nonce.ts'
import type { PageAnswer } from './page-answer.ts'
import { pageErrors, type PageErrorEvent } from './page-events.ts'
import type { MadePage, PageOrder } from './page-maker.ts'

export interface AnswerParts {
  readonly errors: ErrorPages
  readonly csp: CspOptions | undefined
}

const htmlType: HeaderList[number] = ['content-type', 'text/html; charset=utf-8']

/** Nothing between us and the visitor may keep a page that did not ask for it. */
const notKept: HeaderList[number] = ['cache-control', 'private, no-cache']

/** The HTTP answer of a page that was made, or was not. */
export function answerOf(made: MadePage, order: PageOrder, parts: AnswerParts): PageAnswer {
  switch (made.kind) {
    case 'page':
      return htmlAnswer(made.status, made.html, withDefault(made.headers), parts)
    case 'streaming':
      return streamAnswer(made, order, parts)
    case 'redirect':
      return redirectAnswer(made)
    case 'notFound':
      return errorAnswer(404, parts)
    case 'invalid':
      return errorAnswer(404, parts)
    case 'failed':
      return failedAnswer(made, parts)
  }
}

/** A page may say itself how its answer is kept. */
function withDefault(headers: HeaderList): HeaderList {
  return headers.some(([name]) => name.toLowerCase() === 'cache-control') ? headers : [notKept, ...headers]
}

/** Of HTML, unless the page says it more precisely: HTTP/2 refuses an answer with two of it. */
function typed(headers: HeaderList): HeaderList {
  return headers.some(([name]) => name.toLowerCase() === 'content-type') ? headers : [htmlType, ...headers]
}

/** A document with a nonce of its own. */
export function htmlAnswer(status: number, html: Uint8Array, headers: HeaderList, { csp }: AnswerParts): PageAnswer {
  if (csp === undefined) return { status, headers: typed(headers), body: html }
  const nonce = newNonce()
  const policy: HeaderList[number] = ['content-security-policy', csp.policy.replaceAll('{nonce}', nonce)]
  return { status, headers: [policy, ...typed(headers)], body: withNonce(html, nonce) }
}

export function errorAnswer(status: number, parts: AnswerParts, headers: HeaderList = []): PageAnswer {
  return htmlAnswer(status, parts.errors.of(status), [notKept, ...headers], parts)
}

export function redirectAnswer({ status, to, headers = [] }: Redirection): PageAnswer {
  return { status, headers: [['location', safeLocation(to)], ...withDefault(headers)], body: new Uint8Array(0) }
}

export function dataAnswer(propsText: string, headers: HeaderList): PageAnswer {
  const own: HeaderList = [['content-type', 'application/json; charset=utf-8'], notKept, ['vary', 'accept']]
  return { status: 200, headers: [...own, ...headers], body: Buffer.from(propsText) }
}

/** Streams are made for one visitor, so that their nonce is there from the start. */
function streamAnswer(
  made: Extract<MadePage, { kind: 'streaming' }>,
  { nonce }: PageOrder,
  { csp }: AnswerParts,
): PageAnswer {
  const headers = typed(withDefault(made.headers))
  if (csp === undefined || nonce === undefined) return { status: made.status, headers, body: made.body }
  const policy: HeaderList[number] = ['content-security-policy', csp.policy.replaceAll('{nonce}', nonce)]
  return { status: made.status, headers: [policy, ...headers], body: made.body }
}

const statuses: Readonly<Record<Failure['reason'], number>> = {
  deadline: 504,
  memory: 503,
  output: 500,
  lost: 503,
  overload: 503,
  draining: 503,
  cancelled: 503,
  fault: 500,
}

export function failureStatus({ reason }: Failure): number {
  return statuses[reason]
}

function failedAnswer({ failure }: Extract<MadePage, { kind: 'failed' }>, parts: AnswerParts): PageAnswer {
  const status = failureStatus(failure)
  const waitS = Math.max(1, Math.ceil((failure.retryAfterMs ?? 1_000) / 1_000))
  return errorAnswer(status, parts, status === 503 ? [['retry-after', String(waitS)]] : [])
}

export function reportFailure(failure: Failure, { route, path }: PageOrder): void {
  if (failure.reason === 'cancelled' || failure.reason === 'overload') return
  const { reason, detail } = failure
  const [message = ''] = detail.split('\n')
  const fault = { type: reason, message, stack: detail }
  const event: PageErrorEvent = { route, path, status: failureStatus(failure), fault }
  pageErrors.publish(event)
}

/** As `encodeURI` writes it, but for escapes that are there already; no control character gets into a header. */
function safeLocation(to: string): string {
  return encodeURI(to.toWellFormed()).replaceAll('%25', '%')
}
