/** Addresses that are routes as they are, by method: finding that out costs more than looking it up. */
const plain = new Map<string, Map<string, string>>()

/** Addresses of each method that are remembered, and methods. */
const maxPlain = 1_000
const maxMethods = 10

/** The route of a request, as far as its address tells: without the query, ids in the path left out. */
export function routeOf(method: string, url: string): string {
  return plain.get(method)?.get(url) ?? foundRoute(method, url)
}

function foundRoute(method: string, url: string): string {
  const end = url.search(/[?#]/)
  const path = end === -1 ? url : url.slice(0, end)
  const found = /\d/.test(path) || path.length > 96 ? withoutIds(path) : path
  const route = `${method} ${found}`
  if (found === url) remember(method, url, route)
  return route
}

function remember(method: string, url: string, route: string): void {
  let routes = plain.get(method)
  if (routes === undefined) {
    if (plain.size >= maxMethods) return
    routes = new Map()
    plain.set(method, routes)
  }
  if (routes.size < maxPlain) routes.set(url, route)
}

function withoutIds(path: string): string {
  const parts = path.slice(0, 512).split('/')
  return parts.map((part) => (/\d/.test(part) || part.length > 32 ? '*' : part)).join('/')
}
