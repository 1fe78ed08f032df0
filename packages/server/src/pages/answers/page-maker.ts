import type { PageRenderer, Visitor } from '../deployment/page-renderer.ts'
import type { Failure, Rendered } from '../deployment/rendered.ts'
import type { HeaderList, LoadInput, NoPage, Redirection, RenderInput, RouteMeta } from '../render/messages.ts'
import type { Params, Query, SchemaIssue } from '../author/page-module.ts'

/** One page that somebody wants. */
export interface PageOrder {
  readonly route: string
  readonly params: Params
  readonly query: Query
  readonly path: string
  readonly method: string
  readonly url: string
  readonly headers: HeaderList
  readonly body?: Uint8Array
  /** Props of a backend. */
  readonly given?: unknown
  readonly nonce: string | undefined
  readonly stream: boolean
}

export type MadePage =
  | { readonly kind: 'page'; readonly status: number; readonly headers: HeaderList; readonly html: Uint8Array }
  | {
      readonly kind: 'streaming'
      readonly status: number
      readonly headers: HeaderList
      readonly body: AsyncIterable<Uint8Array | string>
    }
  | Redirection
  | { readonly kind: 'notFound' }
  | { readonly kind: 'invalid'; readonly issues: readonly SchemaIssue[] }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly threw: boolean }

/** Loads and renders one page. Never throws for what the page does. */
export async function makePage(deployment: PageRenderer, order: PageOrder, visitor: Visitor): Promise<MadePage> {
  const meta = deployment.metaOf(order.route)
  const hasLoad = meta?.hasLoad === true
  const input = renderInput(order, meta)
  if (!hasLoad && order.method !== 'POST') return show(deployment, input, order, visitor)
  const loaded = await deployment.load(loadInput(order), visitor)
  if ('reason' in loaded) return { kind: 'failed', failure: loaded, threw: false }
  if (loaded.kind !== 'props') return noPage(loaded)
  const { status, headers, propsText } = loaded
  const { given: _given, ...place } = input
  const made = await show(deployment, { ...place, status, propsText }, order, visitor)
  return made.kind === 'page' || made.kind === 'streaming' ? { ...made, headers: [...made.headers, ...headers] } : made
}

function renderInput(
  { route, params, query, path, nonce, given, url, headers }: PageOrder,
  meta: RouteMeta | undefined,
): RenderInput {
  // Only loaders see headers, and where they are known they have run by then.
  const asked = meta?.waits === true ? { url, headers } : { url }
  return {
    route,
    params,
    query,
    path,
    status: 200,
    ...(nonce === undefined ? {} : { nonce }),
    ...(meta?.isRouter === true ? asked : {}),
    ...(given === undefined ? {} : { given }),
  }
}

export function loadInput(order: PageOrder): LoadInput {
  const { route, params, query, path, method, url, headers, body, given } = order
  const input = { route, params, query, path, method, url, headers }
  const posted = body === undefined ? {} : { body: Buffer.from(body).toString('base64') }
  return { ...input, ...posted, ...(given === undefined ? {} : { given }) }
}

async function show(
  deployment: PageRenderer,
  input: RenderInput,
  { stream }: PageOrder,
  visitor: Visitor,
): Promise<MadePage> {
  return rendered(stream ? await deployment.stream(input, visitor) : await deployment.render(input, visitor))
}

function rendered(result: Rendered): MadePage {
  switch (result.status) {
    case 'page':
      return { kind: 'page', status: result.httpStatus, headers: [], html: result.html }
    case 'streaming':
      return { kind: 'streaming', status: result.httpStatus, headers: [], body: result.body }
    case 'none':
      return noPage(result.answer)
    case 'suspended':
      return { kind: 'failed', failure: lateFailure, threw: false }
    case 'failed':
      return { kind: 'failed', failure: result, threw: false }
  }
}

const lateFailure: Failure = { status: 'failed', reason: 'deadline', detail: 'the page still waits for something' }

function noPage(answer: NoPage): MadePage {
  switch (answer.kind) {
    case 'late':
      return { kind: 'failed', failure: lateFailure, threw: false }
    case 'error': {
      const { type, message, stack } = answer.fault
      return {
        kind: 'failed',
        failure: { status: 'failed', reason: 'fault', detail: stack ?? `${type}: ${message}` },
        threw: true,
      }
    }
    case 'redirect':
    case 'notFound':
    case 'invalid':
      return answer
  }
}
