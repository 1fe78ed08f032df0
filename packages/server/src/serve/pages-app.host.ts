/** A site of pages as an app: its exports are what the gateway calls. */
import { appProgram, type AppProgram } from '../apps/host/app-program.host.ts'
import type { AppHostOptions } from '../apps/host/app-host-options.ts'
import type { LoadedApp } from '../apps/host/load-app.host.ts'
import { pageErrors } from '../pages/answers/page-events.ts'
import { printPageError } from '../pages/answers/print-page-error.ts'
import { pagesListener } from '../pages/http/pages-listener.ts'
import type { LocalSiteOptions } from '../pages/local/local-site-options.ts'
import { openLocalSite } from '../pages/local/local-site.host.ts'

/** What a host of pages that accepts connections itself is told. */
export interface PagesAppOptions extends AppHostOptions {
  readonly pages: LocalSiteOptions
}

const program: AppProgram = appProgram(loadPages)

export const warm: AppProgram['warm'] = program.warm
export const serve: AppProgram['serve'] = program.serve

async function loadPages({ pages }: PagesAppOptions): Promise<LoadedApp> {
  pageErrors.subscribe(printPageError)
  const site = await openLocalSite(pages)
  return {
    kind: { kind: 'node', listener: pagesListener(site, pages), server: undefined },
    hooks: {},
    crons: [],
    bodyLimits: {},
    env: {},
    bindings: { [Symbol.asyncDispose]: () => Promise.resolve() },
    purge: (what) => site.purge(what),
  }
}
