import { rm } from 'node:fs/promises'
import type { Pool } from '@evenkeel/pool'
import type { CspOptions } from './answers/nonce.ts'
import type { PageAnswer, PageRequestIn } from './answers/page-answer.ts'
import type { PageService, Stage } from './answers/page-service.ts'
import { openStage } from './answers/stage.ts'
import { currentBuild, keepBuild, newBuild } from './build/build-folder.ts'
import type { PagesBuild } from './build/build-manifest.ts'
import type { Purge } from './cache/page-cache.ts'
import { Deployment, type DeploymentOptions } from './deployment/deployment.ts'
import { ServerError } from '../errors/server-error.ts'
import { SiteFront } from './site-front.ts'
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

/** A build that is served; its hosts belong to it. */
interface BuiltStage extends Stage {
  readonly deployment: Deployment
}

/** A folder of pages that is served: the build that is in force, and how the next one takes its place. */
export class PageSite implements Site {
  readonly #options: PageSiteOptions
  readonly #front: SiteFront
  #stage: BuiltStage
  #reloading: Promise<SiteVersion> | undefined
  #closed = false

  constructor(options: PageSiteOptions, stage: BuiltStage) {
    this.#options = options
    this.#stage = stage
    this.#front = new SiteFront({ ...options, stage: () => this.#stage })
  }

  /** Builds what is not built yet and starts its hosts. Throws `EK_PAGES_BUILD`, `EK_PAGES_ROUTE` or `EK_PAGES_START`. */
  static async open(options: PageSiteOptions): Promise<PageSite> {
    const { build, stage } = await openNow(options)
    const site = new PageSite(options, stage)
    site.#front.addFiles(build)
    await keepBuild(options, build)
    return site
  }

  get service(): PageService {
    return this.#front.service
  }

  get pools(): readonly Pool[] {
    return this.#stage.deployment.pools
  }

  get buildId(): string {
    return this.#stage.deployment.build.manifest.id
  }

  answer(request: PageRequestIn): Promise<PageAnswer> {
    return this.#front.answer(request)
  }

  keptAnswer(request: PageRequestIn): PageAnswer | undefined {
    return this.#front.keptAnswer(request)
  }

  handles(url: string): boolean {
    return this.#front.handles(url)
  }

  hintsOf(url: string): readonly string[] {
    return this.#front.hintsOf(url)
  }

  purge(what: Purge): number {
    return this.#front.purge(what)
  }

  get kept(): Site['kept'] {
    return this.#front.kept
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
    const { build, stage } = await openNow(this.#options)
    this.#front.addFiles(build)
    const old = this.#stage
    this.#stage = stage
    await keepBuild(this.#options, build)
    await old.deployment.close()
    return { id: build.manifest.id, routes: stage.deployment.routes }
  }
}

interface OpenedBuild {
  readonly build: PagesBuild
  readonly stage: BuiltStage
}

/** The pages as they are now, built where they are not. */
async function openNow(options: PageSiteOptions): Promise<OpenedBuild> {
  const build = await currentBuild(options)
  return build === undefined ? openNew(options) : { build, stage: await openHosts(build, options) }
}

/** A build that does not start leaves nothing: it would push one out that visitors still have files of. */
export async function openNew(options: PageSiteOptions): Promise<OpenedBuild> {
  const build = await newBuild(options)
  try {
    return { build, stage: await openHosts(build, options) }
  } catch (error) {
    await rm(build.folder, { recursive: true, force: true })
    throw error
  }
}

/** Starts a build's hosts, and renders what needs no visitor. */
async function openHosts(build: PagesBuild, options: PageSiteOptions): Promise<BuiltStage> {
  const deployment = await Deployment.open(build, options)
  try {
    await deployment.warm()
    return { ...(await openStage(deployment, { ...options, folder: build.folder })), deployment }
  } catch (error) {
    await deployment.close(0)
    throw error
  }
}
