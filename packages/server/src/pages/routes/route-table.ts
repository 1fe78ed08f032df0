import findMyWay from 'find-my-way'
import type { Params } from '../author/page-module.ts'

export interface RoutePattern {
  readonly id: string
  readonly pattern: string | undefined
}

export interface RouteMatch {
  readonly id: string
  readonly params: Params
}

/** Finds the page of a path: static segments before `[name]`, those before `[...name]`. */
export class RouteTable {
  readonly #router = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 2_048 })

  constructor(routes: readonly RoutePattern[]) {
    for (const { id, pattern } of routes) if (pattern !== undefined) this.#router.get(pattern, () => undefined, { id })
  }

  /** `undefined` when no page has this path, or it is no valid path. */
  find(path: string): RouteMatch | undefined {
    const found = this.#router.find('GET', path)
    if (found === null) return undefined
    const { id } = found.store as { id: string }
    return { id, params: paramsOf(id, path, found.params) }
  }
}

function paramsOf(id: string, path: string, found: Readonly<Record<string, string | undefined>>): Params {
  const { '*': _rest, ...named } = found
  const given = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const segments = id.split('/')
  const name = /^\[\.\.\.(\w+)\]$/.exec(segments.at(-1) ?? '')?.[1]
  if (name === undefined) return Object.fromEntries(given)
  // Cut before it is decoded: an escaped slash is part of its segment.
  const rest = path
    .split('/')
    .slice(segments.length)
    .filter((segment) => segment !== '')
  return Object.fromEntries([...given, [name, rest.map((segment) => decodeURIComponent(segment))]])
}
