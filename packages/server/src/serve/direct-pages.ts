import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { AdminRoutes } from '../apps/direct/app-admin.ts'
import { resolveRunOptions } from '../apps/direct/app-options.ts'
import type { DirectApp } from '../apps/direct/direct-app.ts'
import { startDirectApp } from '../apps/direct/running-app.ts'
import { readConfigFile } from '../config/file.ts'
import { resolveServerOptions } from '../config/options.ts'
import type { ResolvedPagesOptions } from '../config/pages-options.ts'
import { ServerError } from '../errors/server-error.ts'
import { purgeOf } from '../pages/api/purge-of.ts'
import { PagesAppPools } from './pages-app-pools.ts'
import { siteOptions } from './pages-site.ts'
import type { RunningPages, RunPagesOptions } from './run-pages.ts'

/** Checks the options, builds what is not built yet, and starts the runtimes. */
export async function startDirectPages({ dir, pages: given, ...options }: RunPagesOptions): Promise<RunningPages> {
  const configured = given ?? (await readConfigFile(dir)).pages ?? {}
  const { pages } = resolveServerOptions({ pages: configured })
  if (pages.dev)
    throw new ServerError('EK_CONFIG_INVALID', 'pages are written with "evenkeel dev": "pages.dev" is not for run')
  if (!existsSync(resolve(dir, pages.dir)))
    throw new ServerError('EK_PAGES_BUILD', `there is no folder "${pages.dir}" with pages in "${dir}"`)
  const { limits } = options
  const ownLimits = { memoryMb: pages.memoryMb, maxBodyBytes: pages.maxBodyBytes, ...limits }
  // Runtimes for long requests would keep a cache that no quick one reads.
  const own = { ...options, slowLane: false, limits: ownLimits }
  const resolved = resolveRunOptions(resolve(dir), own, availableParallelism())
  const pools = poolsOf(dir, pages, resolved.instances)
  const apps: DirectApp[] = []
  const purge: RunningPages['purge'] = async (what = {}) => {
    pools.purges.add(what)
    const counts = await Promise.all(apps.map((app) => app.purge(what)))
    return counts.reduce((sum, count) => sum + count, 0)
  }
  const running = await startDirectApp(resolved, {
    pools: ({ descriptor }) => pools.create([descriptor]),
    // What was purged while it started, it does not know yet.
    changed: (instance) => {
      if (instance.state === 'serving') for (const what of pools.purges.list) void instance.purge(what)
    },
    routes: (app) => {
      apps.push(app)
      return purgeRoutes(purge)
    },
  })
  return Object.assign(running, { purge })
}

function poolsOf(dir: string, pages: ResolvedPagesOptions, instances: number): PagesAppPools {
  return new PagesAppPools({ site: siteOptions(dir, pages), pages, instances })
}

function purgeRoutes(purge: RunningPages['purge']): AdminRoutes {
  return {
    'POST /admin/pages/purge': async (request) => ({
      status: 200,
      body: { purged: await purge(await purgeOf(request)) },
    }),
  }
}
