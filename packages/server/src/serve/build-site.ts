import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { resolvePagesOptions, type PagesOptions } from '../config/pages-options.ts'
import { ServerError } from '../errors/server-error.ts'
import { siteOptions } from './pages-site.ts'

/** What `evenkeel build` has made. */
export interface BuiltPages {
  readonly id: string
  readonly folder: string
  /** Names of the pages. */
  readonly routes: readonly string[]
}

/**
 * Builds a project's pages, starts them once to see that they can be, and leaves the build for `serve`. Throws `EK_PAGES_BUILD`,
 * `EK_PAGES_ROUTE` or `EK_PAGES_START`; the build before stays in force then.
 */
export async function buildSite(projectDir: string, options: PagesOptions = {}): Promise<BuiltPages> {
  const resolved = resolvePagesOptions(options)
  if (!existsSync(resolve(projectDir, resolved.dir)))
    throw new ServerError('EK_PAGES_BUILD', `there is no folder "${resolved.dir}" with pages in "${projectDir}"`)
  const [{ openNew }, { keepBuild }] = await Promise.all([
    import('../pages/page-site.ts'),
    import('../pages/build/build-folder.ts'),
  ])
  const site = siteOptions(projectDir, resolved)
  const { build, stage } = await openNew({ ...site, hosts: 1, spares: 0 })
  await stage.deployment.close(0)
  await keepBuild(site, build)
  return { id: build.manifest.id, folder: build.folder, routes: build.manifest.routes.map(({ id }) => id) }
}
