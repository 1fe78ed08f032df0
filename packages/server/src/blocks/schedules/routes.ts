import { Type, type TSchema } from 'typebox'
import type { App } from '../../http/listener.ts'
import { refuseOtherMethods } from '../../http/method-not-allowed.ts'
import { errorAnswerSchema } from '../answer-schemas.ts'
import { functionNamePattern } from '../functions/function-spec.ts'
import type { ScheduleBody, ScheduleService } from './schedule-service.ts'

const tags = ['schedules']
const response = { '4xx': errorAnswerSchema }
const name = { name: Type.String({ pattern: functionNamePattern }) }
const params: TSchema = Type.Object({ ...name, id: Type.String({ pattern: functionNamePattern }) })

export const scheduleBodySchema: TSchema = Type.Object(
  {
    cron: Type.String({ minLength: 1, maxLength: 200, description: 'Five fields, or six with seconds first' }),
    timezone: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    input: Type.Optional(Type.Unknown()),
    version: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
    enabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

interface ById {
  readonly Params: { readonly name: string; readonly id: string }
}

/** `/v1/functions/{name}/schedules`. */
export function addScheduleRoutes(app: App, service: ScheduleService): void {
  const path = '/v1/functions/:name/schedules'
  const read = { config: { scope: 'functions:read' } } as const
  const write = { config: { scope: 'functions:write' } } as const
  const list = {
    tags,
    summary: 'Lists the schedules of a function',
    operationId: 'listSchedules',
    params: Type.Object(name),
    response,
  }
  app.get<ById>(path, { ...read, schema: list }, async (request) => ({
    items: await service.list(request.params.name, request.caller),
  }))
  refuseOtherMethods(app, path, ['GET'])
  const put = {
    tags,
    summary: 'Sets a schedule',
    operationId: 'putSchedule',
    params,
    body: scheduleBodySchema,
    response,
  }
  app.put<ById & { Body: ScheduleBody }>(`${path}/:id`, { ...write, schema: put }, (request) =>
    service.put(request.params, request.body, request.caller),
  )
  const remove = { tags, summary: 'Removes a schedule', operationId: 'deleteSchedule', params, response }
  app.delete<ById>(`${path}/:id`, { ...write, schema: remove }, async (request, reply) => {
    await service.delete(request.params.name, request.params.id, request.caller)
    return reply.status(204).send()
  })
  refuseOtherMethods(app, `${path}/:id`, ['PUT', 'DELETE'])
}
