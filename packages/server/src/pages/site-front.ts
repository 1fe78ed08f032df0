import type { CspOptions } from './answers/nonce.ts'
import { noIcon, requestAt, type PageAnswer, type PageRequestIn } from './answers/page-answer.ts'
import { PageService, type Stage } from './answers/page-service.ts'
import { parseAddress } from './answers/request-parts.ts'
import { StaticFiles } from './assets/static-files.ts'
import { clientFolder, type PagesBuild } from './build/build-manifest.ts'
import type { Purge } from './cache/page-cache.ts'

export interface SiteFrontOptions {
  /** Path before every address, ending with `/`. */
  readonly base: string
  readonly csp: CspOptions | undefined
  /** What is served now. */
  readonly stage: () => Stage
}

/** Folder of hashed files in a client build. */
const assetsFolder = '_assets'

/** Files, kept copies and pages of a site, wherever its pages are rendered. */
export class SiteFront {
  readonly service: PageService
  readonly #options: SiteFrontOptions
  readonly #files = new StaticFiles()

  constructor(options: SiteFrontOptions) {
    this.#options = options
    this.service = new PageService(options)
  }

  /** Files of builds that were added before stay for a while: an older page may still ask for them. */
  addFiles(build: PagesBuild): void {
    this.#files.add(clientFolder(build), assetsFolder)
  }

  /** A file of the build, or a page. */
  async answer(request: PageRequestIn): Promise<PageAnswer> {
    const below = this.#below(request.url)
    const { path } = parseAddress(below)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const file = isRead && this.#files.has(path) ? await this.#files.answer(path, request) : undefined
    if (file === undefined && path === '/favicon.ico') return noIcon
    return file ?? this.service.answer(below === request.url ? request : requestAt(request, below))
  }

  /** A kept copy of a page that was asked for before, without any wait. */
  keptAnswer(request: PageRequestIn): PageAnswer | undefined {
    const { base } = this.#options
    if (base === '/') return this.service.keptAnswer(request)
    if (!request.url.startsWith(base)) return undefined
    return this.service.keptAnswer({ ...request, url: request.url.slice(base.length - 1) })
  }

  /** Whether an address is a page or a file of the build. */
  handles(url: string): boolean {
    const { base, stage } = this.#options
    if (!url.startsWith(base) && `${url}/` !== base) return false
    const { path } = parseAddress(url.slice(base.length - 1))
    return this.#files.has(path) || stage().deployment.find(path) !== undefined
  }

  /** `Link` values of a page's script and styles. */
  hintsOf(url: string): readonly string[] {
    const { deployment } = this.#options.stage()
    const match = deployment.find(parseAddress(this.#below(url)).path)
    const assets = match === undefined ? undefined : deployment.assetsOf(match.id)
    if (assets === undefined) return []
    const styles = assets.styles.map((href) => `<${href}>; rel=preload; as=style`)
    return [...styles, ...[assets.script, ...assets.preloads].map((href) => `<${href}>; rel=modulepreload`)]
  }

  /** Forgets kept pages by tag or path; all of them when neither is given. Returns how many. */
  purge(what: Purge): number {
    return this.#options.stage().cache.purge(what)
  }

  /** What is kept now. */
  get kept(): { readonly pages: number; readonly bytes: number } {
    const { size, bytes } = this.#options.stage().cache
    return { pages: size, bytes }
  }

  #below(url: string): string {
    const { base } = this.#options
    return url.startsWith(base) ? url.slice(base.length - 1) : url
  }
}
