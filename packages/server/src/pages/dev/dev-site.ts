import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { sep } from 'node:path'
import type { EnvironmentModuleNode } from 'vite'
import { ErrorPages } from '../answers/error-pages.ts'
import { noIcon, requestAt, type PageAnswer, type PageRequestIn } from '../answers/page-answer.ts'
import { PageService, type Stage } from '../answers/page-service.ts'
import { parseAddress } from '../answers/request-parts.ts'
import { Shells } from '../answers/shells.ts'
import { clientEntryPrefix, serverEntryId } from '../build/entries.ts'
import { findRouter } from '../build/router-package.ts'
import { PageCache } from '../cache/page-cache.ts'
import { LocalRenderer } from '../deployment/local-renderer.ts'
import type { Site } from '../site.ts'
import type { ProgramFault, RouteAssets } from '../render/messages.ts'
import type { PagesProgram } from '../render/program.host.ts'
import { readPageFiles, type PageFile } from '../routes/page-files.ts'
import { openDevBundler, type DevBundler } from './dev-bundler.ts'
import { devError, overlayDocument, staleErrorEvent } from './dev-overlay.ts'
import { tellMissedChanges } from './missed-changes.ts'

export interface DevSiteOptions {
  readonly root: string
  readonly pagesFolder: string
  readonly base: string
  /** The listener of the browsers, if it is known. */
  readonly httpServer: Server | undefined
}

/** With what pages threw that cannot be imported, by file. */
interface DevProgram extends PagesProgram {
  readonly broken: Readonly<Record<string, Error>>
}

/** The pages that there are now. */
interface PageFileList {
  current: readonly PageFile[]
}

/** Faults of the request that is being answered. */
const currentFaults = new AsyncLocalStorage<ProgramFault[]>()

/** The pages while they are written: each answer is of the files as they are, and browsers are told of changes. */
export class DevSite implements Site {
  readonly service: PageService
  readonly buildId = 'development'
  readonly pools: Site['pools'] = []
  readonly #options: DevSiteOptions
  readonly #bundler: DevBundler
  readonly #files: PageFileList
  #stage: Stage | undefined
  #program: DevProgram | undefined
  readonly #missed: Disposable
  /** The last answer was an error: the next change may mend it. */
  #failed = false
  /** Counts changes of files. */
  #version = 0

  constructor(options: DevSiteOptions, bundler: DevBundler, files: PageFileList) {
    this.#options = options
    this.#bundler = bundler
    this.#files = files
    const stage = (): Stage => {
      if (this.#stage === undefined) throw new Error('the pages are not loaded')
      return this.#stage
    }
    this.service = new PageService({ stage, csp: undefined })
    for (const event of ['add', 'unlink', 'change'] as const)
      bundler.server.watcher.on(event, (file) => this.#changed(event, file))
    this.#missed = tellMissedChanges(bundler.server.watcher)
    bundler.server.environments.client.hot.on(staleErrorEvent, (version: unknown, browser) => {
      if (version !== this.#version) browser.send({ type: 'full-reload' })
    })
  }

  static async open(options: DevSiteOptions): Promise<DevSite> {
    const { root, pagesFolder } = options
    const files: PageFileList = { current: readPageFiles(pagesFolder) }
    const pages = (): readonly PageFile[] => files.current
    const bundler = await openDevBundler({ ...options, pages, router: () => findRouter(root, pages()) })
    return new DevSite(options, bundler, files)
  }

  get kept(): Site['kept'] {
    return { pages: 0, bytes: 0 }
  }

  /** Modules for browsers, and whatever else belongs to the bundler. Resolves to whether it has answered. */
  tools(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    return new Promise((resolve) => {
      response.once('close', () => resolve(true))
      this.#bundler.server.middlewares(request, response, () => resolve(false))
    })
  }

  async answer(request: PageRequestIn): Promise<PageAnswer> {
    const { base } = this.#options
    const below = request.url.startsWith(base) ? request.url.slice(base.length - 1) : request.url
    const faults: ProgramFault[] = []
    const version = this.#version
    try {
      await this.#load()
      const broken = this.#brokenAt(below)
      if (broken !== undefined) return this.#overlay(broken, version)
      const answer = await currentFaults.run(faults, () => this.service.answer(requestAt(request, below)))
      const [fault] = faults
      if (answer.status === 404 && below === '/favicon.ico') return noIcon
      if (answer.status < 500 || fault === undefined) return answer
      return this.#overlay(fault, version)
    } catch (error) {
      return this.#overlay(error as Error, version)
    }
  }

  handles(url: string): boolean {
    const { path } = parseAddress(url)
    return this.#stage?.deployment.find(path) !== undefined
  }

  hintsOf(): readonly string[] {
    return []
  }

  purge(): number {
    return 0
  }

  async reload(): ReturnType<Site['reload']> {
    await this.#load()
    return { id: this.buildId, routes: this.#files.current.map(({ id }) => id) }
  }

  async close(): Promise<void> {
    this.#missed[Symbol.dispose]()
    await this.#bundler.server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Evaluates what has changed since the last request. */
  async #load(): Promise<void> {
    const { runner } = this.#bundler.pages
    const program = (await runner.import(serverEntryId)) as DevProgram
    if (program === this.#program && this.#stage !== undefined) return
    const assets = Object.fromEntries(this.#files.current.map((page) => [page.id, this.#assetsOf(page)]))
    const fault = (each: ProgramFault): void => void currentFaults.getStore()?.push(each)
    const deployment = new LocalRenderer({ program, routes: this.#files.current, assets, fault })
    const errors = await ErrorPages.render(deployment, undefined)
    const shells = await Shells.render(deployment, undefined)
    this.#stage = { deployment, errors, shells, cache: new PageCache({ maxBytes: 1 }) }
    this.#program = program
  }

  /** Why the page at an address, or a layout around it, cannot be imported. */
  #brokenAt(url: string): Error | undefined {
    const id = this.#stage?.deployment.find(parseAddress(url).path)?.id ?? '_404'
    const page = this.#files.current.find((each) => each.id === id)
    const files = page === undefined ? [] : [page.file, ...page.layouts]
    return files.map((file) => this.#program?.broken[file]).find((error) => error !== undefined)
  }

  #assetsOf({ id, file, layouts }: PageFile): RouteAssets {
    const { base } = this.#options
    const { preamble } = this.#bundler
    const styles = new Set([...layouts, file].flatMap((each) => this.#stylesOf(each)))
    return {
      script: `${base}@id/__x00__${encodeURI(clientEntryPrefix + id)}`,
      styles: [...styles].map((url) => base + url.replace(/^\//, '')),
      preloads: [],
      preamble,
    }
  }

  /** Style sheets that a module leads to: linked, so that the page has its looks before its script has run. */
  #stylesOf(file: string): string[] {
    const { moduleGraph } = this.#bundler.pages
    const seen = new Set<EnvironmentModuleNode>(moduleGraph.getModulesByFile(file))
    // What is added while the set is walked is walked too.
    for (const module of seen) for (const imported of module.importedModules) seen.add(imported)
    return [...seen].map(({ url }) => url).filter((url) => /\.(css|scss|sass|less|styl)$/.test(url))
  }

  #overlay(thrown: Parameters<typeof devError>[0], version: number): PageAnswer {
    this.#failed = true
    const { root, base } = this.#options
    const body = Buffer.from(overlayDocument(devError(thrown, root), { root, base, version }))
    return { status: 500, headers: [['content-type', 'text/html; charset=utf-8']], body }
  }

  #changed(event: 'add' | 'unlink' | 'change', file: string): void {
    const { server, pages } = this.#bundler
    this.#version += 1
    // The bundler does so itself, but not before a browser that is told to load its page again may have asked for it.
    pages.moduleGraph.onFileChange(file)
    const isPage = file.startsWith(this.#options.pagesFolder + sep)
    if (event !== 'change' && isPage) this.#readPages()
    const onServer = (pages.moduleGraph.getModulesByFile(file)?.size ?? 0) > 0
    const inBrowser = (server.environments.client.moduleGraph.getModulesByFile(file)?.size ?? 0) > 0
    const isNews = (event !== 'change' && isPage) || (onServer && !inBrowser) || this.#failed
    if (!isNews) return
    this.#failed = false
    server.environments.client.hot.send({ type: 'full-reload' })
  }

  #readPages(): void {
    try {
      this.#files.current = readPageFiles(this.#options.pagesFolder)
    } catch (error) {
      process.stderr.write(`evenkeel: ${(error as Error).message}\n`)
      return
    }
    const { server, pages } = this.#bundler
    for (const { moduleGraph } of [pages, server.environments.client])
      for (const module of moduleGraph.idToModuleMap.values())
        if (module.id?.startsWith('\0virtual:evenkeel-pages/') === true) moduleGraph.invalidateModule(module)
    const entry = pages.runner.evaluatedModules.getModuleById(`\0${serverEntryId}`)
    if (entry !== undefined) pages.runner.evaluatedModules.invalidateModule(entry)
  }
}
