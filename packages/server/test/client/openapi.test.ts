import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../support/test-server.ts'

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
