import type { ReceivedRequest } from './describe-request.ts'

export interface ReferenceAnswer {
  readonly status: number
  readonly json?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The answer waits this long. */
  readonly holdMs?: number
}

type Route = (request: ReceivedRequest, newId: () => string) => ReferenceAnswer

/** What the reference server answers. It keeps nothing, so that the order in which users come changes no answer. */
export function answerFor(request: ReceivedRequest, newId: () => string): ReferenceAnswer {
  const { pathname } = request.url
  for (const [pattern, route] of routes) if (pattern.test(`${request.method} ${pathname}`)) return route(request, newId)
  return { status: 404, json: { status: 404, type: 'none', title: 'Not found', detail: pathname } }
}

const ok: Route = () => ({ status: 200, text: 'ok' })

const journeys = '<r><Journey><JourneyId>1</JourneyId></Journey></r>'

const routes: readonly (readonly [RegExp, Route])[] = [
  [/^(?:GET|POST) \/$/, ok],
  [/^GET \/pets$/, () => ({ status: 200, json: { result: [{ name: 'Luna' }] } })],
  [/^POST \/pets$/, createPet],
  [/^GET \/pets\/pet-\d+$/, ({ url }) => ({ status: 200, json: { id: url.pathname.slice(6), name: 'Figo' } })],
  [/^GET \/pets\/1$/, () => ({ status: 200, json: { result: [{ name: 'Luna' }] } })],
  [/^GET \/users\/1$/, () => ({ status: 200, json: { user: 'banana' } })],
  [/^POST \/users$/, () => ({ status: 201, json: { id: 'u1', username: 'new-user' } })],
  [/^GET \/users\/u1$/, () => ({ status: 200, json: { id: 'u1', username: 'new-user' } })],
  [/^DELETE \/users\/u1$/, () => ({ status: 204 })],
  [/^GET \/hold\/\d+$/, ({ url }) => ({ status: 200, text: 'held', holdMs: Number(url.pathname.slice(6)) })],
  [/^GET \/(?:loop\/(?:9|10|11)|dino.*|pony|armadillo.*|common|average|rare)$/, ok],
  [/^GET \/redirects$/, () => ({ status: 302, headers: { location: '/pony' } })],
  [/^GET \/header$/, () => ({ status: 200, headers: { 'x-auth': 'secret' } })],
  [/^GET \/expectsHeader$/, ({ headers }) => ({ status: headers['x-auth'] === 'secret' ? 200 : 403 })],
  [/^(?:POST \/setscookie|POST \/login)$/, () => ({ status: 200, headers: { 'set-cookie': 'testCookie=crumb' } })],
  [/^GET \/expectscookie$/, ({ headers }) => ({ status: hasCookie(headers.cookie) ? 200 : 403 })],
  [/^GET \/account$/, ({ headers }) => ({ status: 200, json: { user: { cookie: headers.cookie ?? null } } })],
  [/^(?:POST \/set-state)$/, ({ headers }) => ({ status: 200, json: { state: headers.cookie ?? null } })],
  [/^GET \/malformed_cookie$/, () => ({ status: 200, headers: { 'set-cookie': '' } })],
  [/^GET \/protected$/, ({ headers }) => ({ status: headers.authorization === basic('leo:secret') ? 200 : 401 })],
  [/^GET \/journeys$/, () => ({ status: 200, text: journeys, headers: { 'content-type': 'application/xml' } })],
  [/^GET \/devices$/, () => ({ status: 200, json: [{ id: 'a' }, { id: 'b' }] })],
  [/^PUT \/devices\/[ab]$/, () => ({ status: 200, json: { ok: true } })],
  [/^POST \/(?:double|square)$/, calculate],
  [/^POST \/upload$/, () => ({ status: 201, json: { ok: true } })],
  [/^GET \/timed$/, () => ({ status: 200, text: 'ok', headers: { 'server-timing': 'pets;dur=12.5' } })],
]

function createPet({ body }: ReceivedRequest, newId: () => string): ReferenceAnswer {
  return { status: 201, json: { ...(JSON.parse(body) as object), id: newId() } }
}

function hasCookie(cookie: string | undefined): boolean {
  return cookie?.includes('testCookie=') === true
}

function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

function calculate({ url, body }: ReceivedRequest): ReferenceAnswer {
  const value = Number(new URLSearchParams(body).get('number'))
  return { status: 200, json: { result: url.pathname === '/double' ? value * 2 : value * value } }
}
