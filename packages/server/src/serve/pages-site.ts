import { join, resolve } from 'node:path'
import type { ResolvedPagesOptions } from '../config/pages-options.ts'
import { defaultPolicy, type CspOptions } from '../pages/answers/nonce.ts'
import type { PageSiteOptions } from '../pages/page-site.ts'
import { pagesEnvironment, pagesRuntime } from './pages-runtime.ts'

/** What a site of pages is made of, for a project's folder. */
export function siteOptions(projectDir: string, options: ResolvedPagesOptions): PageSiteOptions {
  const root = resolve(projectDir)
  const { dir, base, memoryMb, maxPageBytes, cacheBytes } = options
  const { hosts, spares, maxQueued, maxQueueMs } = options
  const given = Object.entries({ hosts, spares, maxQueued, maxQueueMs }).filter(([, value]) => value !== undefined)
  return {
    root,
    pagesFolder: resolve(root, dir),
    outFolder: join(root, '.evenkeel', 'pages'),
    base,
    csp: cspOptions(options.csp),
    runtime: pagesRuntime,
    env: pagesEnvironment(),
    memoryMb,
    maxPageBytes,
    cacheBytes,
    output: (text) => process.stderr.write(text),
    ...Object.fromEntries(given),
  }
}

function cspOptions(csp: boolean | string): CspOptions | undefined {
  if (csp === false) return undefined
  return { policy: csp === true ? defaultPolicy : csp }
}
