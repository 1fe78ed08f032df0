import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer, type ApiAnswer, type TestServer } from '../support/test-server.ts'

test('the OpenAPI document has every route of the API, with an operation and a summary', async () => {
  await using server = await startTestServer()
  const { status, body } = await server.ask('GET', '/v1/openapi.json')
  assert.equal(status, 200)
  assert.equal(body.openapi, '3.1.0')
  const operations = Object.entries(
    body.paths as Record<string, Record<string, { operationId: string; summary: string }>>,
  ).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, summary }]) => ({
      route: `${method.toUpperCase()} ${path}`,
      operationId,
      summary,
    })),
  )
  assert.deepEqual(
    operations.map(({ route }) => route).toSorted((a, b) => (a < b ? -1 : 1)),
    [
      'DELETE /v1/executions/{id}',
      'DELETE /v1/functions/{name}',
      'DELETE /v1/functions/{name}/aliases/{alias}',
      'DELETE /v1/functions/{name}/schedules/{id}',
      'GET /v1/executions',
      'GET /v1/executions/{id}',
      'GET /v1/functions',
      'GET /v1/functions/{name}',
      'GET /v1/functions/{name}/schedules',
      'GET /v1/functions/{name}/versions',
      'POST /flow/codeblock',
      'POST /v1/executions/{id}/replay',
      'POST /v1/functions/{name}/invoke',
      'POST /v1/functions/{name}/rollback',
      'POST /v1/run',
      'PUT /v1/functions/{name}',
      'PUT /v1/functions/{name}/aliases/{alias}',
      'PUT /v1/functions/{name}/schedules/{id}',
    ],
  )
  for (const { operationId, summary, route } of operations)
    assert.ok(operationId !== undefined && summary !== undefined, route)
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  const run = body.paths['/v1/run'].post
  assert.deepEqual(run.requestBody.content['application/json'].schema.required, ['code'])
  assert.ok(run.responses['200'].content['application/json'].schema.properties.usage)
  const admin = (await server.admin('GET', '/admin/openapi.json')).body
  assert.ok(admin.paths['/admin/tokens'].post)
})

type AskArguments = Parameters<TestServer['ask']>

interface Operation {
  readonly requestBody?: unknown
}

test('every operation of both documents is served, and a wrong body is refused by each that takes one', async () => {
  await using server = await startTestServer({ blocks: { hosts: 1, spares: 0 } })
  const documents = [
    { path: '/v1/openapi.json', ask: (...args: AskArguments) => server.ask(...args) },
    { path: '/admin/openapi.json', ask: (...args: AskArguments) => server.admin(...args) },
  ]
  for (const { path, ask } of documents) {
    const { body } = await ask('GET', path)
    const operations = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
      ([route, methods]) =>
        Object.entries(methods).map(([method, { requestBody }]) => ({
          route,
          method: method.toUpperCase(),
          requestBody,
        })),
    )
    assert.ok(operations.length >= 15, `${operations.length} operations`)
    for (const { route, method, requestBody } of operations) {
      const target = route.replaceAll(/\{\w+\}/g, 'none')
      const answer: ApiAnswer = await ask(method, target, requestBody === undefined ? {} : { body: { wrong: 1 } })
      const said = `${method} ${route}: ${answer.status} ${answer.text.slice(0, 200)}`
      assert.ok(answer.status < 500 && answer.status !== 405, said)
      assert.notEqual(answer.body.error?.code, 'EK_ROUTE_NOT_FOUND', said)
      if (requestBody !== undefined) assert.ok([400, 404].includes(answer.status), said)
    }
  }
})
