import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPool } from '@evenkeel/pool'
import { processEngine } from '@evenkeel/pool/process'
import type { AppPools } from '../apps/direct/direct-app.ts'
import { ServerError } from '../errors/server-error.ts'
import type { ResolvedPagesOptions } from '../config/pages-options.ts'
import { currentBuild, earlierBuilds, keepBuild } from '../pages/build/build-folder.ts'
import type { PagesBuild } from '../pages/build/build-manifest.ts'
import { Purges } from '../pages/cache/purges.ts'
import type { LocalSiteOptions } from '../pages/local/local-site-options.ts'
import type { PageSiteOptions } from '../pages/page-site.ts'
import { servingPool } from './app-pools.ts'
import type { PagesAppOptions } from './pages-app.host.ts'
import { pagesNodeFlags } from './pages-runtime.ts'

export interface PagesAppPoolsOptions {
  readonly site: PageSiteOptions
  readonly pages: ResolvedPagesOptions
  /** How many runtimes share the memory for kept pages. */
  readonly instances: number
}

/** Pools of runtimes that answer for a site by themselves: each new one is of the pages as they are when it is made. */
export class PagesAppPools {
  readonly #options: PagesAppPoolsOptions
  #build: string | undefined
  #purges = new Purges()

  constructor(options: PagesAppPoolsOptions) {
    this.#options = options
  }

  /** What was purged of the build that was loaded last. */
  get purges(): Purges {
    return this.#purges
  }

  create(descriptors: readonly number[]): AppPools {
    return (options) => async (own) => {
      const build = await builtPages(this.#options.site)
      if (build.manifest.id !== this.#build) this.#purges = new Purges()
      this.#build = build.manifest.id
      const pages = await this.#siteOptions(build)
      const engine = pagesAppEngine({ ...options, pages }, descriptors)
      const said: string[] = []
      const onHostOutput: typeof own.onHostOutput = (output) => {
        if (said.length < 100) said.push(...output.lines)
        own.onHostOutput?.(output)
      }
      try {
        return await createPool({ ...own, onHostOutput, ...servingPool(options.limits), name: 'pages', engine })
      } catch (error) {
        const why = said.join('\n').trim() || (error as Error).message
        throw new ServerError('EK_PAGES_START', `the runtimes of the pages do not get ready: ${why}`, { cause: error })
      }
    }
  }

  async #siteOptions(build: PagesBuild): Promise<LocalSiteOptions> {
    const { site, pages, instances } = this.#options
    const { base, maxPageBytes, maxBodyBytes, earlyHints, cacheBytes } = pages
    return {
      folder: build.folder,
      earlier: (await earlierBuilds(site, build)).map(({ folder }) => folder),
      base,
      csp: site.csp?.policy ?? null,
      cacheBytes: Math.floor(cacheBytes / instances),
      maxPageBytes,
      maxBodyBytes,
      earlyHints,
      purged: this.#purges.list,
    }
  }
}

function pagesAppEngine(options: PagesAppOptions, descriptors: readonly number[]): ReturnType<typeof processEngine> {
  const { limits, variables, pages } = options
  return processEngine({
    name: 'pages',
    module: fileURLToPath(import.meta.resolve('#pages-app-host')),
    options,
    concurrency: 1,
    residentMb: limits.memoryMb,
    maxBlockedMs: limits.maxBlockedMs,
    // Runtimes that start later find the bundle compiled.
    env: { NODE_COMPILE_CACHE: join(pages.folder, 'code'), ...variables, NODE_ENV: 'production' },
    descriptors,
    nodeFlags: [...pagesNodeFlags(limits.memoryMb), '--disable-warning=ExperimentalWarning'],
  })
}

/** The pages as they are now. What is built is tried in a host of its own first, which also renders what is rendered ahead. */
async function builtPages(site: PageSiteOptions): Promise<PagesBuild> {
  const current = await currentBuild(site)
  if (current !== undefined) return current
  const { openNew } = await import('../pages/page-site.ts')
  const { build, stage } = await openNew({ ...site, hosts: 1, spares: 0 })
  await stage.deployment.close(0)
  await keepBuild(site, build)
  return build
}
