import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Pool } from '@evenkeel/pool'
import type { PageAnswer, PageRequestIn } from './answers/page-answer.ts'
import type { PageService } from './answers/page-service.ts'
import type { Purge } from './cache/page-cache.ts'

/** What has been built. */
export interface SiteVersion {
  readonly id: string
  readonly routes: readonly string[]
}

/** A folder of pages that is served, built ahead or as it is written. */
export interface Site extends AsyncDisposable {
  readonly service: PageService
  readonly pools: readonly Pool[]
  readonly buildId: string
  /** Copies that are kept now. */
  readonly kept: { readonly pages: number; readonly bytes: number }
  /** A kept copy of a page that was asked for before, without any wait. */
  keptAnswer?(request: PageRequestIn): PageAnswer | undefined
  /** A file of the site, or a page. */
  answer(request: PageRequestIn): Promise<PageAnswer>
  /** Development only: asked before `answer`. Resolves to whether it has answered. */
  tools?(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /** Whether an address is a page or a file of the build. */
  handles(url: string): boolean
  /** `Link` values of a page's script and styles. */
  hintsOf(url: string): readonly string[]
  /** Forgets kept pages by tag or path; all of them when neither is given. Returns how many. */
  purge(what: Purge): number
  /** Puts the files as they are now in the place of the build that serves. */
  reload(): Promise<SiteVersion>
  /** Lets running pages end within the time, in milliseconds. Idempotent. */
  close(deadlineMs?: number): Promise<void>
}
