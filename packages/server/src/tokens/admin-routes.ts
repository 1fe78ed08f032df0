import { Type, type TSchema } from 'typebox'
import type { App } from '../http/listener.ts'
import { refuseOtherMethods } from '../http/method-not-allowed.ts'
import { scopes, type Scope } from './scopes.ts'
import { tokenLimitsSchema, type TokenLimits } from './token-limits.ts'
import type { NewToken, TokenChange, TokenService } from './token-service.ts'

const closed = { additionalProperties: false } as const
const name = (): TSchema => Type.String({ minLength: 1, maxLength: 200 })
const scopeList = (): TSchema => Type.Array(Type.Enum([...scopes]), { minItems: 1, uniqueItems: true })
const moment = (): TSchema => Type.String({ format: 'date-time' })

const newTokenSchema: TSchema = Type.Object(
  {
    name: name(),
    tenant: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' })),
    scopes: Type.Optional(scopeList()),
    limits: Type.Optional(tokenLimitsSchema),
    expiresAt: Type.Optional(moment()),
    token: Type.Optional(
      Type.String({ minLength: 20, maxLength: 512, description: 'A token that clients already have' }),
    ),
  },
  closed,
)

const changeSchema: TSchema = Type.Object(
  {
    name: Type.Optional(name()),
    scopes: Type.Optional(scopeList()),
    limits: Type.Optional(tokenLimitsSchema),
    expiresAt: Type.Optional(Type.Union([moment(), Type.Null()])),
  },
  closed,
)

interface NewTokenBody {
  readonly name: string
  readonly tenant?: string
  readonly scopes?: readonly Scope[]
  readonly limits?: TokenLimits
  readonly expiresAt?: string
  readonly token?: string
}

interface ChangeBody {
  readonly name?: string
  readonly scopes?: readonly Scope[]
  readonly limits?: TokenLimits
  readonly expiresAt?: string | null
}

const config = { scope: 'admin' } as const
const tags = ['tokens']

/** `/admin/tokens`: a token itself is in one answer only, that of its creation. */
export function addTokenRoutes(app: App, service: TokenService): void {
  app.post<{ Body: NewTokenBody }>(
    '/admin/tokens',
    { config, schema: { tags, body: newTokenSchema } },
    async (request, reply) =>
      reply
        .status(201)
        .header('cache-control', 'no-store')
        .send(await service.create(newToken(request.body))),
  )
  app.get('/admin/tokens', { config, schema: { tags } }, async () => ({ items: await service.list() }))
  refuseOtherMethods(app, '/admin/tokens', ['GET', 'POST'])
  addSingleRoutes(app, service)
  addUsageRoutes(app, service)
}

interface ById {
  readonly Params: { readonly id: string }
}

function addSingleRoutes(app: App, service: TokenService): void {
  app.get<ById>('/admin/tokens/:id', { config, schema: { tags } }, ({ params }) => service.get(params.id))
  app.patch<ById & { Body: ChangeBody }>(
    '/admin/tokens/:id',
    { config, schema: { tags, body: changeSchema } },
    ({ params, body }) => service.change(params.id, changeOf(body)),
  )
  app.delete<ById>('/admin/tokens/:id', { config, schema: { tags } }, ({ params }) => service.revoke(params.id))
  refuseOtherMethods(app, '/admin/tokens/:id', ['GET', 'PATCH', 'DELETE'])
}

function addUsageRoutes(app: App, service: TokenService): void {
  app.get<ById>('/admin/tokens/:id/usage', { config, schema: { tags } }, ({ params }) => service.usage(params.id))
  refuseOtherMethods(app, '/admin/tokens/:id/usage', ['GET'])
  app.post<ById>('/admin/tokens/:id/reset-quota', { config, schema: { tags } }, ({ params }) =>
    service.resetQuota(params.id),
  )
  refuseOtherMethods(app, '/admin/tokens/:id/reset-quota', ['POST'])
  app.get<ById>('/admin/tokens/:id/events', { config, schema: { tags } }, async ({ params }) => {
    const events = await service.events(params.id, 200)
    const items = events.map(({ atMs, action, detail }) => ({
      at: new Date(atMs).toISOString(),
      action,
      detail: JSON.parse(detail) as unknown,
    }))
    return { items }
  })
  refuseOtherMethods(app, '/admin/tokens/:id/events', ['GET'])
}

function newToken({ expiresAt, token, ...rest }: NewTokenBody): NewToken {
  return {
    ...rest,
    ...(expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) }),
    ...(token === undefined ? {} : { secret: token }),
  }
}

function changeOf({ expiresAt, ...rest }: ChangeBody): TokenChange {
  if (expiresAt === undefined) return rest
  return { ...rest, expiresAtMs: expiresAt === null ? null : Date.parse(expiresAt) }
}
