import { stringify } from 'devalue'
import type { ActionContext, LoadContext, PageModule, PageRequest } from '../author/page-module.ts'
import { isPageReply, type PageReply, type ReplyHeaders } from '../author/reply.ts'
import { errorAnswer } from './fault.host.ts'
import type { HeaderList, LoadAnswer, LoadInput } from './messages.ts'
import { validProps } from './props.host.ts'

/** Runs a page's `action`, where one was asked for, and its `load`. Never rejects. */
export async function loadPage(page: PageModule, input: LoadInput, signal: AbortSignal): Promise<LoadAnswer> {
  try {
    return await loaded(page, input, signal)
  } catch (error) {
    if (isPageReply(error)) return replyAnswer(error, undefined)
    return signal.aborted ? { kind: 'late' } : errorAnswer(error)
  }
}

async function loaded(page: PageModule, input: LoadInput, signal: AbortSignal): Promise<LoadAnswer> {
  const checked = await validProps(page, input.given)
  if (checked.status === 'invalid') return { kind: 'invalid', issues: checked.issues }
  const { params, query } = input
  const context: LoadContext = { params, query, request: pageRequest(input), given: checked.props, signal }
  const acted = input.method === 'POST' ? await act(page, input, context) : undefined
  if (isPageReply(acted) && acted.kind !== 'props') return replyAnswer(acted, undefined)
  const result = page.load === undefined ? checked.props : await page.load(context)
  if (acted === undefined) return isPageReply(result) ? replyAnswer(result, undefined) : propsAnswer(result, {})
  const action = isPageReply(acted) ? acted.props : acted
  const replied = isPageReply(acted) ? acted : {}
  if (isPageReply(result)) return replyAnswer(result, action)
  return propsAnswer({ ...(result as object), action }, replied)
}

async function act(page: PageModule, input: LoadInput, context: LoadContext): Promise<unknown> {
  if (page.action === undefined) return undefined
  const contentType = context.request.headers.get('content-type') ?? ''
  const body = Buffer.from(input.body ?? '', 'base64')
  // The sender is a visitor, but the gateway has bounded the body, and this process is one of many.
  // oxlint-disable-next-line typescript/no-deprecated -- see above
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData()
  const full: ActionContext = { ...context, form }
  try {
    return (await page.action(full)) ?? null
  } catch (error) {
    if (isPageReply(error)) return error
    throw error
  }
}

function replyAnswer(reply: PageReply, action: unknown): LoadAnswer {
  const { kind, to = '/', status = 302, headers = {} } = reply
  if (kind === 'redirect') return { kind, status, to, headers: headerList(headers) }
  if (kind === 'notFound') return { kind }
  return propsAnswer(action === undefined ? reply.props : { ...(reply.props as object), action }, reply)
}

function propsAnswer(value: unknown, { status = 200, headers = {} }: Partial<PageReply>): LoadAnswer {
  const props = value ?? {}
  if (typeof props !== 'object' || Array.isArray(props))
    throw new TypeError(`load must return an object of props, not ${describe(props)}`)
  return { kind: 'props', propsText: stringify(props), status, headers: headerList(headers) }
}

/** What says how an answer is sent, which only its sender knows (RFC 9110, section 7.6.1). A second one breaks the answer. */
const ofTheSender: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Throws for what cannot be a header, here where the page gets the blame. */
function headerList(headers: ReplyHeaders): HeaderList {
  const list = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : value.map((each) => [name, each]),
  )
  new Headers(list)
  for (const [name] of list)
    if (ofTheSender.has(name.toLowerCase()))
      throw new TypeError(`a page cannot set the header "${name}": the server does`)
  return list
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}

function pageRequest({ method, url, headers }: LoadInput): PageRequest {
  const list = new Headers(headers.map(([name, value]): [string, string] => [name, value]))
  return { method, url, headers: list, cookies: parseCookies(list.get('cookie') ?? '') }
}

function parseCookies(text: string): Record<string, string> {
  const pairs = text.split(';').map((part) => part.split('=', 2))
  return Object.fromEntries(
    pairs
      .filter(([name = '']) => name.trim() !== '')
      .map(([name = '', value = '']) => [name.trim(), decode(value.trim())]),
  )
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
