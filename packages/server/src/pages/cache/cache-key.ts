import type { PageCache, Query } from '../author/page-module.ts'
import type { HeaderList } from '../render/messages.ts'
import type { PageOrder } from '../answers/page-maker.ts'

/**
 * The order of a cached page, without anything that is not part of its key: so a copy can hold nothing of one visitor that another with
 * the same key would get.
 */
export function sharedOrder(order: PageOrder, rule: PageCache): { readonly order: PageOrder; readonly key: string } {
  const { vary = {} } = rule
  const query = pick(order.query, vary.query ?? [])
  const headers = chosenHeaders(order.headers, vary.headers ?? [], vary.cookies ?? [])
  const { path, route } = order
  const search = queryText(query)
  const url = search === '' ? path : `${path}?${search}`
  const key = JSON.stringify([route, path, search, headers])
  return { order: { ...order, query, headers, url, stream: false }, key }
}

/** `:name` stands for that parameter of the address. */
export function tagsOf({ tags = [] }: PageCache, { params }: Pick<PageOrder, 'params'>): readonly string[] {
  return tags.map((tag) => tag.replaceAll(/:(\w+)/g, (whole, name: string) => String(params[name] ?? whole)))
}

function pick(query: Query, names: readonly string[]): Query {
  const chosen = names.toSorted().map((name) => [name, query[name]] as const)
  return Object.fromEntries(
    chosen.filter((entry): entry is [string, string | readonly string[]] => entry[1] !== undefined),
  )
}

function queryText(query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const each of typeof value === 'string' ? [value] : value) search.append(name, each)
  return search.toString()
}

function chosenHeaders(headers: HeaderList, names: readonly string[], cookies: readonly string[]): HeaderList {
  const wanted = new Set(names.map((name) => name.toLowerCase()))
  const chosen = headers.filter(([name]) => wanted.has(name) && name !== 'cookie')
  const cookie = headers.find(([name]) => name === 'cookie')?.[1] ?? ''
  const kept = cookie
    .split(';')
    .map((part) => part.trim())
    .filter((part) => cookies.includes(part.split('=')[0] ?? ''))
    .toSorted()
  const sorted = chosen.toSorted(([first], [second]) => (first < second ? -1 : 1))
  return kept.length === 0 ? sorted : [...sorted, ['cookie', kept.join('; ')]]
}
