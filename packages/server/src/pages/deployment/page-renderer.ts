import type { LoadAnswer, LoadInput, RenderInput, RouteAssets, RouteMeta } from '../render/messages.ts'
import type { RouteMatch } from '../routes/route-table.ts'
import type { Failure, Rendered } from './rendered.ts'

/** Who waits for a page. */
export interface Visitor {
  /** Aborted when nobody waits any more. It may be made only when it is looked at. */
  readonly signal?: AbortSignal | undefined
}

/** One version of the pages, wherever its code runs. */
export interface PageRenderer {
  /** Names of the pages, `_error` and `_404` included. */
  readonly routes: readonly string[]
  find(path: string): RouteMatch | undefined
  metaOf(id: string): RouteMeta | undefined
  assetsOf(id: string): RouteAssets | undefined
  /** Runs `load`, and `action` for a posted form. */
  load(input: LoadInput, visitor?: Visitor): Promise<LoadAnswer | Failure>
  render(input: RenderInput, visitor?: Visitor): Promise<Rendered>
  /** Resolves once the first bytes are there. */
  stream(input: RenderInput, visitor?: Visitor): Promise<Rendered>
}
