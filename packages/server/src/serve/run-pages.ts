import type { RunAppOptions } from '../apps/direct/app-options.ts'
import type { RunningApp } from '../apps/direct/running-app.ts'
import type { PagesOptions } from '../config/pages-options.ts'

export interface RunPagesOptions extends Omit<RunAppOptions, 'file' | 'watch' | 'compress' | 'dataDir'> {
  /** The project's folder: where `pages/`, `public/` and `vite.config` are. */
  readonly dir: string
  /** Default: `pages` of the folder's `evenkeel.config`. What is about hosts is for `serve`. */
  readonly pages?: PagesOptions
}

/** Pages that answer. Dispose of it to stop. */
export interface RunningPages extends RunningApp {
  /** Forgets kept pages by tag or path, all of them when neither is given, in every runtime. Resolves with how many copies. */
  purge(what?: { readonly tags?: readonly string[]; readonly paths?: readonly string[] }): Promise<number>
}

/**
 * Serves a project's pages in runtimes that accept connections and render themselves. Builds what is not built yet, and resolves once all
 * runtimes are warm and accept connections. Throws `ServerError`: `EK_PAGES_BUILD`, `EK_PAGES_ROUTE`, `EK_PAGES_START`, `EK_CONFIG_INVALID`,
 * `EK_PUBLIC_WITHOUT_TOKENS`, `EK_PORT_TAKEN`, `EK_LISTEN`.
 */
export async function runPages(options: RunPagesOptions): Promise<RunningPages> {
  // A process that watches over an app does not pay for it.
  const { startDirectPages } = await import('./direct-pages.ts')
  return startDirectPages(options)
}
