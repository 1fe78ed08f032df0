import { Readable } from 'node:stream'
import { Type, type TSchema } from 'typebox'
import { ServerError } from '../../errors/server-error.ts'
import type { App } from '../../http/listener.ts'
import { refuseOtherMethods } from '../../http/method-not-allowed.ts'
import type { Admission } from '../../tokens/admission.ts'
import type { Params, Query } from '../author/page-module.ts'
import type { MadePage } from '../answers/page-maker.ts'
import { pageError } from '../answers/page-error.ts'
import type { PageService } from '../answers/page-service.ts'

const strings: TSchema = Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]))

const body: TSchema = Type.Object(
  {
    props: Type.Optional(Type.Unknown({ description: 'What the page’s component gets; checked by the page’s schema' })),
    params: Type.Optional(strings),
    query: Type.Optional(strings),
    path: Type.Optional(Type.String({ pattern: '^/', description: 'The address that the page is told it has' })),
    stream: Type.Optional(Type.Boolean({ description: 'Send the page as it renders' })),
  },
  { additionalProperties: false },
)

const schema = {
  tags: ['pages'],
  summary: 'Renders a page of the project with the given props. The route is the file’s path, such as `products/[id]`',
  operationId: 'renderPage',
  body,
  response: { 200: { content: { 'text/html': { schema: Type.String() } } } },
}

interface Body {
  readonly props?: unknown
  readonly params?: Params
  readonly query?: Query
  readonly path?: string
  readonly stream?: boolean
}

export interface PageRoutesParts {
  readonly service: PageService
  readonly admission: Pick<Admission, 'enter'>
  readonly maxBodyBytes: number
}

/** `POST /v1/pages/{route}`: pages for backends in any language. */
export function addPageApi(app: App, { service, admission, maxBodyBytes }: PageRoutesParts): void {
  app.post<{ Body: Body; Params: { readonly '*': string } }>(
    '/v1/pages/*',
    { schema, config: { scope: 'pages:render' }, bodyLimit: maxBodyBytes },
    async (request, reply) => {
      const route = request.params['*']
      if (!service.has(route))
        throw new ServerError('EK_PAGE_NOT_FOUND', `there is no page ${JSON.stringify(route)}`, { status: 404 })
      const gone = new AbortController()
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort()
      })
      const startedAtMs = performance.now()
      const admitted = await admission.enter(request.caller)
      const made = await service.make({ route, ...request.body, signal: gone.signal })
      const wallMs = performance.now() - startedAtMs
      admitted.end({ failed: made.kind === 'failed', cpuMs: wallMs, wallMs })
      const { status, headers, content } = answerParts(made)
      for (const [name, value] of headers) void reply.header(name, value)
      return reply.status(status).send(content)
    },
  )
  refuseOtherMethods(app, '/v1/pages/*', ['POST'])
}

interface AnswerParts {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly content: Buffer | Readable | string
}

const html = ['content-type', 'text/html; charset=utf-8'] as const

function answerParts(made: MadePage): AnswerParts {
  switch (made.kind) {
    case 'page':
      return { status: made.status, headers: [html, ...made.headers], content: bufferOf(made.html) }
    case 'streaming':
      return {
        status: made.status,
        headers: [html, ...made.headers],
        content: Readable.from(made.body, { objectMode: false }),
      }
    case 'redirect':
      return { status: made.status, headers: [['location', made.to], ...(made.headers ?? [])], content: '' }
    case 'notFound':
    case 'invalid':
    case 'failed':
      throw pageError(made)
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
