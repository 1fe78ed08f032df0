import type { Server } from 'node:http'
import { join, resolve } from 'node:path'
import type { ResolvedPagesOptions } from '../config/pages-options.ts'
import { ServerError } from '../errors/server-error.ts'
import { defaultPolicy, type CspOptions } from '../pages/answers/nonce.ts'
import type { PageSiteOptions } from '../pages/page-site.ts'
import type { Site } from '../pages/site.ts'
import { pagesEnvironment, pagesRuntime } from './pages-runtime.ts'

/** Builds and starts the pages, or serves them as they are written. Throws `EK_PAGES_BUILD`, `EK_PAGES_ROUTE` or `EK_PAGES_START`. */
export async function openSite(projectDir: string, options: ResolvedPagesOptions, httpServer?: Server): Promise<Site> {
  const site = siteOptions(projectDir, options)
  if (!options.dev) return (await import('../pages/page-site.ts')).PageSite.open(site)
  try {
    const { DevSite } = await import('../pages/dev/dev-site.ts')
    return await DevSite.open({ ...site, httpServer })
  } catch (error) {
    if (!isMissingBundler(error)) throw error
    throw new ServerError('EK_PAGES_BUILD', 'development needs the package "vite" (from version 8 on)', {
      cause: error,
      hint: 'npm install --save-dev vite @vitejs/plugin-react',
    })
  }
}

function isMissingBundler(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string }
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes("'vite'")
}

/** What a site of pages is made of, for a project's folder. */
export function siteOptions(projectDir: string, options: ResolvedPagesOptions): PageSiteOptions {
  const root = resolve(projectDir)
  const { dir, base, memoryMb, maxPageBytes, cacheBytes } = options
  const { hosts, spares, maxQueued, maxQueueMs } = options
  const recycle = recycleOptions(options.recycle)
  const all = { hosts, spares, maxQueued, maxQueueMs, recycle }
  const given = Object.entries(all).filter(([, value]) => value !== undefined)
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

function recycleOptions(given: ResolvedPagesOptions['recycle']): PageSiteOptions['recycle'] {
  if (given === undefined) return undefined
  const { renders, ageMs } = given
  return { ...(renders === undefined ? {} : { executions: renders }), ...(ageMs === undefined ? {} : { ageMs }) }
}

function cspOptions(csp: boolean | string): CspOptions | undefined {
  if (csp === false) return undefined
  return { policy: csp === true ? defaultPolicy : csp }
}
