import { Type, type TSchema } from 'typebox'
import type { App } from '../../http/listener.ts'
import { refuseOtherMethods } from '../../http/method-not-allowed.ts'
import { wordedPattern } from '../../config/worded-pattern.ts'
import { errorAnswerSchema } from '../answer-schemas.ts'
import type { FunctionService } from './function-service.ts'
import { aliasPattern, functionBodySchema, functionNamePattern, type FunctionBody } from './function-spec.ts'

const closed = { additionalProperties: false } as const
const response = { '4xx': errorAnswerSchema }
const tags = ['functions']
const read = { config: { scope: 'functions:read' } } as const
const write = { config: { scope: 'functions:write' } } as const

const limitPattern = wordedPattern('^[1-9][0-9]{0,2}$', 'must be a whole number from 1 to 999')
const params: TSchema = Type.Object({ name: Type.String({ pattern: functionNamePattern }) })
const version = (): TSchema => Type.Integer({ minimum: 1 })
const querystring: TSchema = Type.Object(
  { after: Type.Optional(Type.String()), limit: Type.Optional(Type.String({ pattern: limitPattern })) },
  closed,
)
const refQuery: TSchema = Type.Object(
  { version: Type.Optional(Type.String({ description: 'A number or an alias' })) },
  closed,
)

interface Named {
  readonly Params: { readonly name: string }
}

/** `/v1/functions`: store, show, roll back, name and delete. */
export function addFunctionRoutes(app: App, service: FunctionService): void {
  addCollectionRoute(app, service)
  addSingleRoutes(app, service)
  addVersionRoutes(app, service)
  addAliasRoutes(app, service)
}

function addCollectionRoute(app: App, service: FunctionService): void {
  const schema = { tags, summary: 'Lists functions by name', operationId: 'listFunctions', querystring, response }
  interface Route {
    readonly Querystring: { readonly after?: string; readonly limit?: string }
  }
  app.get<Route>('/v1/functions', { ...read, schema }, async ({ caller, query }) => {
    const limit = Number(query.limit ?? 100)
    const items = await service.list(caller, {
      limit: limit + 1,
      ...(query.after === undefined ? {} : { after: query.after }),
    })
    const page = items.slice(0, limit)
    return { items: page, next: items.length > limit ? (page.at(-1)?.name ?? null) : null }
  })
  refuseOtherMethods(app, '/v1/functions', ['GET'])
}

function addSingleRoutes(app: App, service: FunctionService): void {
  const path = '/v1/functions/:name'
  const put = {
    tags,
    summary: 'Stores a version',
    operationId: 'putFunction',
    params,
    body: functionBodySchema,
    response,
  }
  app.put<Named & { Body: FunctionBody }>(
    path,
    { ...write, schema: put },
    async ({ params: { name }, body, caller }, reply) => {
      const deployed = await service.deploy(name, body, caller)
      return reply.status(deployed.previousVersion === null ? 201 : 200).send(deployed)
    },
  )
  const get = {
    tags,
    summary: 'Shows a version, the current one by default',
    operationId: 'getFunction',
    params,
    querystring: refQuery,
    response,
  }
  app.get<Named & { Querystring: { readonly version?: string } }>(
    path,
    { ...read, schema: get },
    ({ params: { name }, query, caller }) => service.get(name, query.version ?? '', caller),
  )
  const remove = {
    tags,
    summary: 'Deletes a function with its versions and schedules',
    operationId: 'deleteFunction',
    params,
    response,
  }
  app.delete<Named>(path, { ...write, schema: remove }, async ({ params: { name }, caller }, reply) => {
    await service.delete(name, caller)
    return reply.status(204).send()
  })
  refuseOtherMethods(app, path, ['GET', 'PUT', 'DELETE'])
}

function addVersionRoutes(app: App, service: FunctionService): void {
  const list = { tags, summary: 'Lists versions, the newest first', operationId: 'listVersions', params, response }
  app.get<Named>('/v1/functions/:name/versions', { ...read, schema: list }, async ({ params: { name }, caller }) => ({
    items: await service.versions(name, caller),
  }))
  refuseOtherMethods(app, '/v1/functions/:name/versions', ['GET'])
  const body = Type.Object({ version: version() }, closed)
  const rollback = { tags, summary: 'Makes a version the current one', operationId: 'rollback', params, body, response }
  app.post<Named & { Body: { readonly version: number } }>(
    '/v1/functions/:name/rollback',
    { ...write, schema: rollback },
    ({ params: { name }, body: target, caller }) => service.rollback(name, target.version, caller),
  )
  refuseOtherMethods(app, '/v1/functions/:name/rollback', ['POST'])
}

interface Alias {
  readonly Params: { readonly name: string; readonly alias: string }
}

function addAliasRoutes(app: App, service: FunctionService): void {
  const path = '/v1/functions/:name/aliases/:alias'
  const aliasParams = Type.Object({ ...named(), alias: Type.String({ pattern: aliasPattern }) })
  const body = Type.Object({ version: version() }, closed)
  const put = {
    tags,
    summary: 'Points an alias at a version',
    operationId: 'putAlias',
    params: aliasParams,
    body,
    response,
  }
  app.put<Alias & { Body: { readonly version: number } }>(path, { ...write, schema: put }, (request) =>
    service.setAlias({ ...request.params, version: request.body.version }, request.caller),
  )
  const remove = { tags, summary: 'Removes an alias', operationId: 'deleteAlias', params: aliasParams, response }
  app.delete<Alias>(path, { ...write, schema: remove }, async (request, reply) => {
    await service.setAlias({ ...request.params, version: null }, request.caller)
    return reply.status(204).send()
  })
  refuseOtherMethods(app, path, ['PUT', 'DELETE'])
}

function named(): { name: TSchema } {
  return { name: Type.String({ pattern: functionNamePattern }) }
}
