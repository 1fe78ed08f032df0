import { availableParallelism } from 'node:os'
import type { AppSite } from '../apps/routed/app-site.ts'
import type { ResolvedServerOptions } from '../config/options.ts'
import { errorBody } from '../errors/error-body.ts'
import type { App } from '../http/listener.ts'
import { refuseOtherMethods } from '../http/method-not-allowed.ts'
import { appPools } from './app-pools.ts'

/**
 * Loads the apps of the project's `apps/` folder and of the config. `undefined` when there are none: nothing is loaded then. Throws
 * `EK_CONFIG_INVALID` and `EK_APP_LOAD`.
 */
export async function openAppsPart(options: ResolvedServerOptions): Promise<AppSite | undefined> {
  const { projectDir = '.', dataDir, apps: config, trustedProxies } = options
  const { resolveApps } = await import('../apps/routed/resolve-apps.ts')
  const named = Object.keys(config).length > 0
  if (options.projectDir === undefined && !named) return undefined
  const apps = resolveApps(config, { projectDir, dataDir, processors: availableParallelism() })
  if (apps.length === 0) return undefined
  const { AppSite } = await import('../apps/routed/app-site.ts')
  return AppSite.open({ apps, trustedProxies, pools: appPools([]) })
}

/** `/admin/apps`, and the reload of one. */
export function addAppsAdminRoutes(app: App, site: AppSite): void {
  app.get('/admin/apps', () => ({ apps: site.report() }))
  app.post<{ Params: { name: string } }>('/admin/apps/:name/reload', async ({ params }, reply) => {
    const outcome = await site.reload(params.name)
    if (outcome.status === 'reloaded') return outcome
    const { code, message } = outcome.error
    const error = errorBody(code, 'AppError', message)
    return reply.status(422).send({ status: 'kept', generation: outcome.generation, error })
  })
  refuseOtherMethods(app, '/admin/apps', ['GET'])
  refuseOtherMethods(app, '/admin/apps/:name/reload', ['POST'])
}
