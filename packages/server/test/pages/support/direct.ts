import { runPages, type RunningPages, type RunPagesOptions } from '@evenkeel/server/apps'
import { logWatch } from '../../support/log-watch.ts'
import type { SiteCopy } from './site.ts'

/** Pages in runtimes that answer themselves, and what was logged. */
export interface DirectPages extends AsyncDisposable {
  readonly pages: RunningPages
  readonly url: string
  readonly log: readonly string[]
  /** Resolves when a line that matches was logged. */
  logged(pattern: RegExp): Promise<string>
}

export async function runSite({ dir }: SiteCopy, options: Partial<RunPagesOptions> = {}): Promise<DirectPages> {
  const { log, keep, logged } = logWatch()
  const pages = await runPages({ port: 0, admin: { port: 0 }, ...options, dir, log: keep })
  return { pages, url: pages.url, log, logged, [Symbol.asyncDispose]: () => pages.close(0).then(() => undefined) }
}
