/** The same file runs in Evenkeel, Deno, Bun and workerd. */
import { echo, routes } from '../../routes.js'

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url)
    if (pathname === '/echo' && request.method === 'POST') return Response.json(echo(await request.text()))
    const route = routes[pathname]
    if (route === undefined) return new Response('Not found', { status: 404 })
    try {
      return Response.json(route())
    } catch {
      return new Response('Failed', { status: 500 })
    }
  },
}
