import { METHODS } from 'node:http'
import findMyWay, { type HTTPMethod } from 'find-my-way'
import { ServerError } from '../../errors/server-error.ts'

type Params = Readonly<Record<string, string | undefined>>

export type Match<Target> =
  | { readonly status: 'found'; readonly target: Target; readonly params: Params }
  /** Other methods are registered for the path. */
  | { readonly status: 'other-method'; readonly allow: readonly string[] }
  | { readonly status: 'none' }

interface Entry<Target> {
  readonly target: Target
}

/** Targets by method and path. A fixed part of a path comes before `:name`, and both before `*`, in whatever order they are added. */
export class Routes<Target> {
  readonly #router = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 1_024 })
  readonly #methods = new Set<HTTPMethod>()
  /** Where in the app's code each route was added. */
  readonly #places = new Map<string, string>()

  /** Throws `EK_COMPAT_ROUTE` for a route that is there already, naming both places, and for a method or path that is none. */
  add(method: string, path: string, target: Target): void {
    const name = method.toUpperCase()
    if (!METHODS.includes(name)) throw routeError(`"${method}" is no HTTP method`)
    if (typeof path !== 'string' || !/^[/*]/.test(path))
      throw routeError(`the path "${String(path)}" must begin with "/"`)
    const key = `${name} ${path === '/' ? path : path.replace(/\/$/, '').replaceAll(/:\w+/g, ':')}`
    const place = callerPlace()
    const before = this.#places.get(key)
    if (before !== undefined) throw routeError(`${name} ${path} is registered twice: at ${before} and at ${place}`)
    try {
      this.#router.on(name as HTTPMethod, path, noHandler, { target } satisfies Entry<Target>)
    } catch (cause) {
      throw routeError(`${name} ${path}: ${(cause as Error).message}`)
    }
    this.#places.set(key, place)
    this.#methods.add(name as HTTPMethod)
  }

  /** `path` may be percent-encoded, correctly. */
  match(method: string, path: string): Match<Target> {
    const found = this.#router.find(method as HTTPMethod, path)
    if (found !== null) return { status: 'found', target: (found.store as Entry<Target>).target, params: found.params }
    const allow = [...this.#methods].filter((each) => each !== method && this.#router.find(each, path) !== null)
    return allow.length === 0 ? { status: 'none' } : { status: 'other-method', allow: allow.toSorted() }
  }
}

/** Routes are looked up, never run by the router. */
function noHandler(): void {
  throw new Error('routes are only looked up')
}

/** The first line of the stack outside this folder. */
function callerPlace(): string {
  const lines = (new Error('place').stack ?? '').split('\n').slice(1)
  const outside = lines.find((line) => !line.includes(import.meta.dirname) && !line.includes('node:'))
  const place = /(?:file:\/\/)?(\/[^()]*|[A-Z]:[^()]*):(\d+):\d+\)?$/.exec(outside ?? '')
  return place === null ? 'an unknown place' : `${place[1]?.split('/').slice(-2).join('/')}:${place[2]}`
}

function routeError(message: string): ServerError {
  return new ServerError('EK_COMPAT_ROUTE', message)
}
