import { existsSync } from 'node:fs'
import { readdir, rm, writeFile, readFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pool } from '@evenkeel/pool'
import { ErrorPages } from './answers/error-pages.ts'
import { noncePlaceholder, type CspOptions } from './answers/nonce.ts'
import { noIcon, type PageAnswer, type PageRequestIn } from './answers/page-answer.ts'
import { PageService, type Stage } from './answers/page-service.ts'
import { prerenderPages } from './answers/prerender.ts'
import { parseAddress } from './answers/request-parts.ts'
import { Shells } from './answers/shells.ts'
import { StaticFiles } from './assets/static-files.ts'
import { clientFolder, readBuild, type PagesBuild } from './build/build-manifest.ts'
import type { BuildOptions } from './build/build-pages.ts'
import { PageCache } from './cache/page-cache.ts'
import { Deployment, type DeploymentOptions } from './deployment/deployment.ts'
import { ServerError } from '../errors/server-error.ts'
import type { Site, SiteVersion } from './site.ts'

export interface PageSiteOptions extends DeploymentOptions {
  /** The project's folder. */
  readonly root: string
  /** Default `pages` in the project's folder. */
  readonly pagesFolder: string
  /** Where builds are kept. */
  readonly outFolder: string
  /** Path before every address, ending with `/`. */
  readonly base: string
  readonly csp: CspOptions | undefined
  /** Memory for kept pages, in bytes. */
  readonly cacheBytes: number
}

/** Folder of hashed files in a client build. */
const assetsFolder = '_assets'

/** Builds that are kept on the disk. */
const keptBuilds = 3

/** A build that is served; its hosts belong to it. */
interface BuiltStage extends Stage {
  readonly deployment: Deployment
}

/** A folder of pages that is served: the build that is in force, and how the next one takes its place. */
export class PageSite implements Site {
  readonly service: PageService
  readonly #options: PageSiteOptions
  readonly #files = new StaticFiles()
  #stage: BuiltStage
  #reloading: Promise<SiteVersion> | undefined
  #closed = false

  constructor(options: PageSiteOptions, stage: BuiltStage) {
    this.#options = options
    this.#stage = stage
    this.service = new PageService({ stage: () => this.#stage, csp: options.csp })
  }

  /** Builds what is not built yet and starts its hosts. Throws `EK_PAGES_BUILD`, `EK_PAGES_ROUTE` or `EK_PAGES_START`. */
  static async open(options: PageSiteOptions): Promise<PageSite> {
    const build = (await currentBuild(options)) ?? (await newBuild(options))
    const site = new PageSite(options, await openStage(build, options))
    site.#files.add(clientFolder(build), assetsFolder)
    await keepBuild(options, build)
    return site
  }

  get pools(): readonly Pool[] {
    return this.#stage.deployment.pools
  }

  get buildId(): string {
    return this.#stage.deployment.build.manifest.id
  }

  /** A file of the build, or a page. */
  async answer(request: PageRequestIn): Promise<PageAnswer> {
    const { base } = this.#options
    const below = request.url.startsWith(base) ? request.url.slice(base.length - 1) : request.url
    const { path } = parseAddress(below)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const file = isRead && this.#files.has(path) ? await this.#files.answer(path, request) : undefined
    if (file === undefined && path === '/favicon.ico') return noIcon
    return file ?? this.service.answer({ ...request, url: below })
  }

  /** Whether an address is a page or a file of the build. */
  handles(url: string): boolean {
    const { base } = this.#options
    if (!url.startsWith(base) && `${url}/` !== base) return false
    const { path } = parseAddress(url.slice(base.length - 1))
    return this.#files.has(path) || this.#stage.deployment.find(path) !== undefined
  }

  /** `Link` values of a page's script and styles. */
  hintsOf(url: string): readonly string[] {
    const { deployment } = this.#stage
    const { base } = this.#options
    const match = deployment.find(parseAddress(url.startsWith(base) ? url.slice(base.length - 1) : url).path)
    const assets = match === undefined ? undefined : deployment.assetsOf(match.id)
    if (assets === undefined) return []
    const styles = assets.styles.map((href) => `<${href}>; rel=preload; as=style`)
    return [...styles, ...[assets.script, ...assets.preloads].map((href) => `<${href}>; rel=modulepreload`)]
  }

  /** Forgets kept pages by tag or path; all of them when neither is given. Returns how many. */
  purge(what: { readonly tags?: readonly string[]; readonly paths?: readonly string[] }): number {
    return this.#stage.cache.purge(what)
  }

  /** What is kept now. */
  get kept(): { readonly pages: number; readonly bytes: number } {
    const { size, bytes } = this.#stage.cache
    return { pages: size, bytes }
  }

  /**
   * Builds the pages as they are now, starts and warms new hosts, and only then lets them take over. When any of it fails the old build
   * goes on, and this rejects with `EK_PAGES_BUILD`, `EK_PAGES_ROUTE` or `EK_PAGES_START`.
   */
  reload(): Promise<SiteVersion> {
    this.#reloading ??= this.#reload().finally(() => (this.#reloading = undefined))
    return this.#reloading
  }

  /** Lets running pages end within the time, in milliseconds. Idempotent. */
  async close(deadlineMs = 10_000): Promise<void> {
    this.#closed = true
    await this.#reloading?.catch(() => undefined)
    await this.#stage.deployment.close(deadlineMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0)
  }

  async #reload(): Promise<SiteVersion> {
    if (this.#closed) throw new ServerError('EK_PAGES_CLOSED', 'the pages are closed')
    const build = (await currentBuild(this.#options)) ?? (await newBuild(this.#options))
    const stage = await openStage(build, this.#options)
    this.#files.add(clientFolder(build), assetsFolder)
    const old = this.#stage
    this.#stage = stage
    await keepBuild(this.#options, build)
    await old.deployment.close()
    return { id: build.manifest.id, routes: stage.deployment.routes }
  }
}

/** Starts a build's hosts, and renders what needs no visitor. */
export async function openStage(build: PagesBuild, options: PageSiteOptions): Promise<BuiltStage> {
  const deployment = await Deployment.open(build, options)
  try {
    const nonce = options.csp === undefined ? undefined : noncePlaceholder()
    const cache = new PageCache({ maxBytes: options.cacheBytes })
    const errors = await ErrorPages.render(deployment, nonce)
    await prerenderPages(deployment, { folder: build.folder, cache, nonce })
    return { deployment, cache, errors, shells: await Shells.render(deployment, nonce) }
  } catch (error) {
    await deployment.close(0)
    throw error
  }
}

/** Bundles the pages as they are now. */
export async function newBuild(options: BuildOptions): Promise<PagesBuild> {
  const { buildPages } = await loadTools()
  return buildPages(options)
}

/** The bundler is loaded only when there is something to build. */
async function loadTools(): Promise<{ buildPages: (options: BuildOptions) => Promise<PagesBuild> }> {
  try {
    return await import('./build/build-pages.ts')
  } catch (error) {
    throw new ServerError(
      'EK_PAGES_BUILD',
      'the pages cannot be built without the package "vite" (from version 8 on)',
      {
        cause: error,
        hint: 'npm install --save-dev vite @vitejs/plugin-react',
      },
    )
  }
}

/** The newest build, when it is of the files as they are now. */
async function currentBuild(options: PageSiteOptions): Promise<PagesBuild | undefined> {
  const file = join(options.outFolder, 'current')
  if (!existsSync(file)) return undefined
  const folder = join(options.outFolder, (await readFile(file, 'utf8')).trim())
  if (!existsSync(join(folder, 'manifest.json'))) return undefined
  const build = readBuildOrNone(folder)
  if (build === undefined) return undefined
  const { isCurrent } = await import('./build/current-build.ts')
  return isCurrent(build, options) ? build : undefined
}

/** One that another version of Evenkeel made is none. */
function readBuildOrNone(folder: string): PagesBuild | undefined {
  try {
    return readBuild(folder)
  } catch {
    return undefined
  }
}

/** Only a build that has started is the current one; of older ones a few are kept. */
export async function keepBuild(
  { outFolder }: Pick<PageSiteOptions, 'outFolder'>,
  { manifest }: PagesBuild,
): Promise<void> {
  await mkdir(outFolder, { recursive: true })
  await writeFile(join(outFolder, 'current'), `${manifest.id}\n`)
  const entries = await readdir(outFolder, { withFileTypes: true })
  const ids = entries.filter((entry) => entry.isDirectory() && entry.name !== manifest.id).map(({ name }) => name)
  for (const id of ids.toSorted().slice(0, -(keptBuilds - 1)))
    await rm(join(outFolder, id), { recursive: true, force: true })
}
