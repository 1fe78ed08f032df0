import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'
import type { PageCache as CacheRule, PageConfig } from '../author/page-module.ts'
import { sharedOrder, tagsOf } from '../cache/cache-key.ts'
import type { KeptPage, PageCache } from '../cache/page-cache.ts'
import type { PageRenderer } from '../deployment/page-renderer.ts'
import { makePage, type MadePage, type PageOrder } from './page-maker.ts'

/** A page that was rendered ahead, as it is kept beside its build. */
interface Prerendered {
  readonly route: string
  readonly path: string
  readonly status: number
  readonly headers: KeptPage['headers']
  readonly html: string
}

interface PrerenderedFile {
  readonly madeAtMs: number
  /** What stands for the nonce in the documents; it is another one in every process. */
  readonly nonce: string | null
  readonly pages: readonly Prerendered[]
}

/** Without a rule of its own, a page that was rendered ahead is as old as its build, in milliseconds. */
const foreverMs = 10 * 365 * 86_400_000

/** How the answer at a path is kept, if it is. */
export function cacheRuleOf({ cache, prerender }: PageConfig, path: string): CacheRule | undefined {
  if (cache !== undefined) return cache
  const isMeant = prerender === true || (Array.isArray(prerender) && prerender.includes(path))
  return isMeant ? { ttlMs: foreverMs } : undefined
}

/**
 * Puts the pages that ask for it into the cache: those of the build, or those that are rendered now and then belong to the build. Throws
 * `EK_PAGES_BUILD` for one that cannot be rendered.
 */
export async function prerenderPages(
  deployment: PageRenderer,
  { folder, cache, nonce }: { readonly folder: string; readonly cache: PageCache; readonly nonce: string | undefined },
): Promise<void> {
  const file = join(folder, 'prerendered.json')
  const known = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as PrerenderedFile) : undefined
  const isUsable = known !== undefined && (known.nonce === null) === (nonce === undefined)
  const made = isUsable ? known : await renderAll(deployment, nonce)
  if (!isUsable) await writeWhole(file, JSON.stringify(made))
  for (const page of made.pages) put(deployment, { page, cache, nonce, made })
}

/** Several processes may write it at a time, and others read it. */
async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.${process.pid}`
  await writeFile(part, text)
  await rename(part, file)
}

async function renderAll(deployment: PageRenderer, nonce: string | undefined): Promise<PrerenderedFile> {
  const pages: Prerendered[] = []
  for (const route of deployment.routes)
    for (const path of pathsOf(route, deployment.metaOf(route)?.config ?? {}))
      pages.push(await renderOne(deployment, { route, path, nonce }))
  return { madeAtMs: Date.now(), nonce: nonce ?? null, pages }
}

function pathsOf(route: string, { prerender = false }: PageConfig): readonly string[] {
  if (prerender === false) return []
  if (prerender !== true) return prerender
  if (route.includes('['))
    throw cannot(route, 'its addresses have parameters', 'List them: prerender: ["/products/1", "/products/2"]')
  return [`/${route}`.replace(/\/index$/, '') || '/']
}

async function renderOne(
  deployment: PageRenderer,
  { route, path, nonce }: { readonly route: string; readonly path: string; readonly nonce: string | undefined },
): Promise<Prerendered> {
  const order = orderOf(deployment, route, path, nonce)
  const made = await makePage(deployment, order, {})
  if (made.kind !== 'page' || made.status >= 300) throw cannot(route, `${JSON.stringify(path)} ${came(made)}`)
  const { status, headers, html } = made
  return { route, path, status, headers, html: Buffer.from(html).toString() }
}

function orderOf(deployment: PageRenderer, route: string, path: string, nonce: string | undefined): PageOrder {
  const match = deployment.find(path)
  if (match?.id !== route) throw cannot(route, `${JSON.stringify(path)} is not an address of it`)
  const { params } = match
  return { route, params, query: {}, path, method: 'GET', url: path, headers: [], nonce, stream: false }
}

function came(made: MadePage): string {
  if (made.kind === 'failed') return `failed: ${made.failure.detail}`
  return made.kind === 'page' ? `has the status ${made.status}` : `came out as ${made.kind}`
}

function cannot(route: string, why: string, hint?: string): ServerError {
  const message = `the page ${JSON.stringify(route)} cannot be rendered ahead: ${why}`
  return new ServerError('EK_PAGES_BUILD', message, hint === undefined ? {} : { hint })
}

function put(
  deployment: PageRenderer,
  {
    page,
    cache,
    nonce,
    made,
  }: { page: Prerendered; cache: PageCache; nonce: string | undefined; made: PrerenderedFile },
): void {
  const { route, path, status, headers } = page
  const rule = cacheRuleOf(deployment.metaOf(route)?.config ?? {}, path)
  if (rule === undefined) return
  const { order, key } = sharedOrder(orderOf(deployment, route, path, nonce), rule)
  const html = made.nonce === null ? page.html : page.html.replaceAll(made.nonce, nonce ?? '')
  cache.put({ key, path, tags: tagsOf(rule, order) }, { status, headers, html: Buffer.from(html) }, made.madeAtMs)
}
