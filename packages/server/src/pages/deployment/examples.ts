import { stringify } from 'devalue'
import type { LoadAnswer, LoadInput, RenderInput, RouteMeta } from '../render/messages.ts'
import type { RoutePattern } from '../routes/route-table.ts'

/** A larger example would cost a new host more than it gains, in characters of its props. */
const maxPropsText = 64 * 1_024

/** How often the example of one route is replaced by a newer one, in milliseconds. */
const renewEveryMs = 10_000

/** How long a host has to live after a page before that page is an example, in milliseconds. */
const settledMs = 1_000

/** How long no newer example is taken after one may have killed a host, in milliseconds. */
const frozenMs = 60_000

/** What new hosts render before they take work: for each route, the newest real page, or one that was made up at the start. */
export class Examples {
  /** Read whenever a host starts. */
  readonly inputs: RenderInput[] = []
  readonly #places = new Map<string, { index: number; atMs: number }>()
  readonly #candidates = new Map<string, { readonly input: RenderInput; readonly atMs: number }>()
  #first: readonly RenderInput[] = []
  #frozenUntilMs = -Infinity

  /** What is there now was rendered by hosts that got ready: it is what `reset` goes back to. */
  proven(): void {
    this.#first = [...this.inputs]
  }

  /** A host died soon after its start: one of the newer examples may have killed it, and would kill every other. */
  reset(nowMs: number = performance.now()): void {
    this.inputs.length = 0
    this.inputs.push(...this.#first)
    this.#places.clear()
    for (const [index, { route }] of this.#first.entries()) this.#places.set(route, { index, atMs: nowMs })
    this.#frozenUntilMs = nowMs + frozenMs
  }

  /** Takes a real page, once its host has lived on for a while and no other has died meanwhile. */
  add(input: RenderInput, nowMs: number = performance.now()): void {
    if (nowMs < this.#frozenUntilMs) return
    if ((input.propsText?.length ?? 0) > maxPropsText || input.given !== undefined) return
    const { route } = input
    const place = this.#places.get(route)
    if (place !== undefined && nowMs - place.atMs < renewEveryMs) return
    const candidate = this.#candidates.get(route)
    if (candidate === undefined) this.#candidates.set(route, { input, atMs: nowMs })
    else if (nowMs - candidate.atMs > settledMs) this.put(candidate.input, nowMs)
  }

  put(input: RenderInput, nowMs: number = performance.now()): void {
    const { route } = input
    const index = this.#places.get(route)?.index ?? this.inputs.length
    this.inputs[index] = input
    this.#places.set(route, { index, atMs: nowMs })
    this.#candidates.delete(route)
  }

  /** A host died by a fault: any of the pages that were rendered lately may have killed it. */
  doubt(): void {
    this.#candidates.clear()
  }
}

type Load = (input: LoadInput) => Promise<LoadAnswer | undefined>

/** Makes up an example of each route that says how, or that needs nothing. */
export async function firstExamples(
  routes: readonly RoutePattern[],
  metas: ReadonlyMap<string, RouteMeta>,
  load: Load,
): Promise<readonly RenderInput[]> {
  const made = await Promise.all(routes.map((route) => firstExample(route, metas.get(route.id), load)))
  return made.filter((input) => input !== undefined)
}

async function firstExample(
  { id, pattern = '/' }: RoutePattern,
  meta: RouteMeta | undefined,
  load: Load,
): Promise<RenderInput | undefined> {
  if (meta === undefined || meta.config.runtime === 'client') return undefined
  const [given] = meta.config.warm ?? []
  if (given === undefined && /[:*]/.test(pattern)) return undefined
  const place = { route: id, params: given?.params ?? {}, query: {}, path: pattern, status: 200 }
  if (given?.props !== undefined) return { ...place, propsText: stringify(given.props) }
  return withoutGiven(place, meta, load)
}

async function withoutGiven(place: RenderInput, meta: RouteMeta, load: Load): Promise<RenderInput | undefined> {
  const { path: url } = place
  if (meta.isRouter) return { ...place, url, headers: [] }
  if (!meta.hasLoad) return meta.hasSchema ? undefined : place
  const answer = await load({ ...place, method: 'GET', url, headers: [] })
  return answer?.kind === 'props' ? { ...place, propsText: answer.propsText } : undefined
}
