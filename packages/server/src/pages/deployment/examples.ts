import { stringify } from 'devalue'
import type { LoadAnswer, LoadInput, RenderInput, RouteMeta } from '../render/messages.ts'
import type { RoutePattern } from '../routes/route-table.ts'

/** A larger example would cost a new host more than it gains, in characters of its props. */
const maxPropsText = 64 * 1_024

/** How often the example of one route is replaced by a newer one, in milliseconds. */
const renewEveryMs = 10_000

/** What new hosts render before they take work: for each route, the newest real page, or one that was made up at the start. */
export class Examples {
  /** Read whenever a host starts. */
  readonly inputs: RenderInput[] = []
  readonly #places = new Map<string, { index: number; atMs: number }>()

  add(input: RenderInput, nowMs: number = performance.now()): void {
    if ((input.propsText?.length ?? 0) > maxPropsText || input.given !== undefined) return
    const place = this.#places.get(input.route)
    if (place !== undefined && nowMs - place.atMs < renewEveryMs) return
    const { signal: _signal, ...plain } = input as RenderInput & { signal?: unknown }
    const index = place?.index ?? this.inputs.length
    this.inputs[index] = plain
    this.#places.set(input.route, { index, atMs: nowMs })
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
