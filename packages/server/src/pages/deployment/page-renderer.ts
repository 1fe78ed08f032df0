import type { LoadAnswer, LoadInput, RenderInput, RouteAssets, RouteMeta } from '../render/messages.ts'
import type { RouteMatch } from '../routes/route-table.ts'
import type { Failure, Rendered } from './rendered.ts'

/** One version of the pages, wherever its code runs. */
export interface PageRenderer {
  /** Names of the pages, `_error` and `_404` included. */
  readonly routes: readonly string[]
  find(path: string): RouteMatch | undefined
  metaOf(id: string): RouteMeta | undefined
  assetsOf(id: string): RouteAssets | undefined
  /** Runs `load`, and `action` for a posted form. */
  load(input: LoadInput, signal?: AbortSignal): Promise<LoadAnswer | Failure>
  render(input: RenderInput, signal?: AbortSignal): Promise<Rendered>
  /** Resolves once the first bytes are there. */
  stream(input: RenderInput, signal?: AbortSignal): Promise<Rendered>
}
