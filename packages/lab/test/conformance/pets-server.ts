import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, sendJson, startServer, type TestServer } from '../support/test-server.ts'

const pets = new Map<string, unknown>()

/** A server with the behaviour that the scripts of other load tests expect. */
export function startPetsServer(): Promise<TestServer> {
  return startServer((request, response) => void answer(request, response))
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  const { pathname } = new URL(request.url ?? '/', 'http://pets.test')
  const route = `${request.method ?? ''} ${pathname}`
  const handler = routes[route]
  if (handler !== undefined) return handler(request, response, body)
  if (route.startsWith('GET /pets/')) return readPet(pathname.slice('/pets/'.length), response)
  if (route.startsWith('PUT /devices/')) return sendJson(response, { ok: true })
  if (/^GET \/loop\/(9|10|11)$/.test(route)) return void response.end('ok')
  sendJson(response, {}, 404)
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void

const ok: Handler = (_request, response) => void response.end('ok')

const routes: Readonly<Record<string, Handler>> = {
  'GET /': ok,
  'POST /': ok,
  'GET /pets': ok,
  'POST /pets': (_request, response, body) => {
    const id = randomUUID()
    pets.set(id, { ...(JSON.parse(body) as object), id })
    sendJson(response, { id }, 201)
  },
  'GET /header': (_request, response) => void response.writeHead(200, { 'x-auth': 'secret' }).end(),
  'GET /expectsHeader': (request, response) =>
    request.headers['x-auth'] === 'secret' ? sendJson(response, { success: true }) : sendJson(response, {}, 403),
  'POST /setscookie': (_request, response) =>
    void response.writeHead(200, { 'set-cookie': `testCookie=${randomUUID()}` }).end(),
  'GET /expectscookie': (request, response) =>
    sendJson(response, {}, request.headers.cookie?.includes('testCookie=') === true ? 200 : 403),
  'GET /malformed_cookie': (_request, response) => void response.writeHead(200, { 'set-cookie': '' }).end(),
  'GET /protected': (request, response) => {
    const expected = `Basic ${Buffer.from('leo:secret').toString('base64')}`
    sendJson(response, {}, request.headers.authorization === expected ? 200 : 401)
  },
  'GET /journeys': (_request, response) =>
    void response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end('<r><Journey><JourneyId>1</JourneyId></Journey><Journey><JourneyId>2</JourneyId></Journey></r>'),
  'GET /journey/1': (_request, response) =>
    void response.writeHead(200, { 'content-type': 'application/xml' }).end('<r><JourneyId>1</JourneyId></r>'),
  'GET /devices': (_request, response) => sendJson(response, [{ id: 'a' }, { id: 'b' }]),
}

function readPet(id: string, response: ServerResponse): void {
  const pet = pets.get(id)
  if (pet === undefined) sendJson(response, {}, 404)
  else sendJson(response, pet)
}
