/** A URL shortener: links in SQLite, hits in a counter that all runtimes share. */
import { randomBytes } from 'node:crypto'
import type { App } from '@evenkeel/server/apps'
import type { BindingsConfig, EnvOf } from '@evenkeel/server/bindings'
import { readForm, redirect } from '@evenkeel/server/web'

const bindings = {
  DB: { type: 'sqlite', migrations: 'migrations' },
  HITS: { type: 'counter' },
} as const satisfies BindingsConfig
type Env = EnvOf<typeof bindings>

async function shorten(request: Request, { DB }: Env): Promise<Response> {
  const outcome = await readForm(request, { maxBytes: 10_000 })
  if (outcome.status === 'refused') return outcome.response
  const url = outcome.form.get('url')
  if (typeof url !== 'string' || !/^https?:/.test(url) || !URL.canParse(url))
    return new Response('The field "url" must be an address', { status: 422 })
  const code = randomBytes(6).toString('base64url')
  DB.prepare('INSERT INTO links VALUES (?, ?, ?)').run(code, url, Date.now())
  return Response.json({ code }, { status: 201 })
}

async function follow(code: string, { DB, HITS }: Env): Promise<Response> {
  const link = DB.prepare('SELECT url FROM links WHERE code = ?').get(code)
  if (link === undefined) return new Response('No such link', { status: 404 })
  await HITS.increment(code)
  return redirect(String(link['url']))
}

const app: App<Env> = {
  bindings,
  async fetch(request, env) {
    const [, first = '', second = ''] = new URL(request.url).pathname.split('/')
    if (request.method === 'POST' && first === '') return shorten(request, env)
    if (request.method !== 'GET')
      return new Response('Method not allowed', { status: 405, headers: { allow: 'GET, POST' } })
    return first === 'hits' ? Response.json({ hits: await env.HITS.get(second || '-') }) : follow(first, env)
  },
}
export default app
