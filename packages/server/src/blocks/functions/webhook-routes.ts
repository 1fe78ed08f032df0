import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../../http/listener.ts'
import { ServerError } from '../../errors/server-error.ts'
import { missingScope } from '../../tokens/authenticate.ts'
import type { Caller } from '../../tokens/caller.ts'
import { presentedSecret, secretHeaders } from '../../tokens/secret.ts'
import { goneController, sendAnswer } from '../send-answer.ts'
import type { FunctionCatalog } from './function-catalog.ts'
import type { FunctionInvoker } from './function-invoker.ts'
import { functionNamePattern } from './function-spec.ts'
import { webhookResponse } from './webhook-response.ts'

/** The input of a function that is called as a webhook. */
interface WebhookInput {
  readonly method: string
  /** After the function's name, at least `/`. */
  readonly path: string
  readonly query: Readonly<Record<string, string | readonly string[]>>
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** Parsed JSON, a form's fields, or text; null when there is none. Bytes that are no text are base64. */
  readonly body: unknown
  readonly rawBody?: string
}

interface ParsedBody {
  readonly value: unknown
  readonly raw: string
}

export interface WebhookOptions {
  readonly catalog: FunctionCatalog
  readonly invoker: FunctionInvoker
  /** Finds the caller of a request, or throws 401. */
  readonly authenticate: (request: FastifyRequest) => Promise<Caller>
}

const target = new RegExp(`^(${functionNamePattern.slice(1, -1)})(?:@([a-z0-9_-]{1,32}))?$`)

/** `/f/{name}` and below: a function as a webhook, with the bare result as answer. `{name}@{version or alias}` calls that version. */
export async function addWebhookRoutes(app: App, options: WebhookOptions): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
      try {
        done(null, parseBody(request.headers['content-type'] ?? '', body as Buffer))
      } catch (error) {
        done(error as Error)
      }
    })
    const handler = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
      answer(request, reply, options)
    for (const url of ['/f/:target', '/f/:target/*'])
      scope.route({ method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], url, handler, schema: { hide: true } })
  })
}

async function answer(request: FastifyRequest, reply: FastifyReply, options: WebhookOptions): Promise<FastifyReply> {
  const params = request.params as { target: string; '*'?: string }
  const [, name = '', ref = ''] = target.exec(params.target) ?? []
  if (name === '')
    throw new ServerError('EK_FUNCTION_NOT_FOUND', `${JSON.stringify(params.target)} is no name of a function`, {
      status: 404,
    })
  const { spec } = await options.catalog.resolve(name, ref)
  const caller = await callerOf(request, { name, ref, isPublic: spec.webhook.public }, options)
  const { answer: result } = await options.invoker.invoke({
    name,
    ref,
    caller,
    kind: 'webhook',
    controller: goneController(reply),
    address: request.ip,
    input: webhookInput(request, params['*'] ?? '', spec.webhook.rawBody),
  })
  // Functions of several owners answer on one origin: none may act in the name of another in a browser.
  reply.header('content-security-policy', 'sandbox')
  if (result.result === undefined) return sendAnswer(reply, result)
  const { status, headers, body } = webhookResponse(result.result)
  return reply.status(status).headers(headers).send(body)
}

/** A public function is paid for by its owner, whoever calls. */
async function callerOf(
  request: FastifyRequest,
  called: { readonly name: string; readonly ref: string; readonly isPublic: boolean },
  { invoker, authenticate }: WebhookOptions,
): Promise<Caller> {
  if (called.isPublic && presentedSecret(request.headers) === undefined) {
    const owner = await invoker.ownerOf(called.name, called.ref)
    if (owner !== undefined) return owner
  }
  try {
    const caller = await authenticate(request)
    if (caller.scopes.has('invoke')) return caller
    throw missingScope(caller, 'invoke')
  } catch (error) {
    // The header may be meant for the function itself.
    const owner = called.isPublic ? await invoker.ownerOf(called.name, called.ref) : undefined
    if (owner !== undefined) return owner
    throw error
  }
}

function webhookInput(request: FastifyRequest, rest: string, withRaw: boolean): WebhookInput {
  const parsed = request.body as ParsedBody | undefined
  const headers = Object.entries(request.headers).filter(([name]) => !secretHeaders.has(name))
  return {
    method: request.method,
    path: `/${rest}`,
    query: request.query as WebhookInput['query'],
    headers: Object.fromEntries(headers) as WebhookInput['headers'],
    body: parsed?.value ?? null,
    ...(withRaw ? { rawBody: parsed?.raw ?? '' } : {}),
  }
}

function parseBody(type: string, bytes: Buffer): ParsedBody {
  const text = bytes.toString()
  // What does not survive the round trip is no text.
  const raw = Buffer.from(text).equals(bytes) ? text : bytes.toString('base64')
  if (/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) return { value: parseJson(text), raw }
  if (/^application\/x-www-form-urlencoded\b/i.test(type))
    return { value: Object.fromEntries(new URLSearchParams(text)), raw }
  return { value: raw, raw }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ServerError('EK_REQUEST_MALFORMED', `the body is no JSON: ${(error as Error).message}`)
  }
}
