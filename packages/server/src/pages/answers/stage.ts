import { PageCache } from '../cache/page-cache.ts'
import type { PageRenderer } from '../deployment/page-renderer.ts'
import { ErrorPages } from './error-pages.ts'
import { noncePlaceholder, type CspOptions } from './nonce.ts'
import type { Stage } from './page-service.ts'
import { prerenderPages } from './prerender.ts'
import { Shells } from './shells.ts'

export interface StageOptions {
  /** Of the build. */
  readonly folder: string
  readonly csp: CspOptions | undefined
  /** Memory for kept pages, in bytes. */
  readonly cacheBytes: number
}

/** Renders what needs no visitor. Throws `EK_PAGES_BUILD` for a page that cannot be rendered ahead. */
export async function openStage(deployment: PageRenderer, { folder, csp, cacheBytes }: StageOptions): Promise<Stage> {
  const nonce = csp === undefined ? undefined : noncePlaceholder()
  const cache = new PageCache({ maxBytes: cacheBytes })
  const errors = await ErrorPages.render(deployment, nonce)
  await prerenderPages(deployment, { folder, cache, nonce })
  return { deployment, cache, errors, shells: await Shells.render(deployment, nonce) }
}
