import { realpathSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'
import { fileResponse } from './file-response.host.ts'
import { realPathBelow, safeSegments } from './safe-path.ts'

export interface StaticFilesOptions {
  /** What is served: a path, relative to the working directory. */
  readonly folder: string
  /** Where in the app's URLs it is found. `/assets` and `/assets/` are the same. Default `/`. */
  readonly prefix?: string
  /** File that answers for a folder; `false`: none. Default `index.html`. */
  readonly index?: string | false
  /** Files that never change under their name, such as those with a hash in it: `true` for all, or a pattern for the path. Default none. */
  readonly immutable?: boolean | RegExp
  /** `Cache-Control` of the other files. Default `no-cache`: kept, and asked for anew each time. */
  readonly cacheControl?: string
  /** Whether `file.br`, `file.zst` and `file.gz` beside a file are sent to those who take them. Default true. */
  readonly precompressed?: boolean
}

/** Answers a request, or `undefined` when the folder has nothing for it. */
export type StaticFiles = (request: Request) => Promise<Response | undefined>

const immutableControl = 'public, max-age=31536000, immutable'

/**
 * Serves the files of a folder. Names that begin with a dot, and links that lead out of the folder, are treated as if they were not there.
 * Throws `EK_STATIC_FOLDER` when the folder does not exist.
 *
 * @example
 * const files = staticFiles({ folder: 'public', prefix: '/assets' })
 * export default {
 *   async fetch(request) {
 *     return (await files(request)) ?? new Response('Not found', { status: 404 })
 *   },
 * }
 */
export function staticFiles(options: StaticFilesOptions): StaticFiles {
  const root = realFolder(options.folder)
  const prefix = `/${(options.prefix ?? '/').replaceAll(/^\/+|\/+$/g, '')}`.replace(/\/$/, '')
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname !== prefix && !pathname.startsWith(`${prefix}/`)) return undefined
    return answer(request, { ...options, root, prefix, rest: pathname.slice(prefix.length) })
  }
}

interface Search extends StaticFilesOptions {
  readonly root: string
  readonly prefix: string
  /** The path below the prefix. */
  readonly rest: string
}

async function answer(request: Request, search: Search): Promise<Response | undefined> {
  const segments = safeSegments(search.rest)
  if (segments === undefined) return undefined
  const found = await find(segments, search)
  if (found === undefined) return undefined
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return new Response('Method not allowed', { status: 405, headers: { allow: 'GET, HEAD' } })
  if (found === 'folder') return redirectToFolder(request)
  const { precompressed = true } = search
  return fileResponse(found, request, { cacheControl: cacheControlOf(segments, search), precompressed })
}

/** The file's real path; `folder` when the path needs a slash at its end. */
async function find(segments: readonly string[], search: Search): Promise<string | undefined> {
  const path = await realPathBelow(search.root, segments)
  const stats = path === undefined ? undefined : await stat(path).catch(() => undefined)
  if (path === undefined || stats === undefined) return undefined
  const endsInSlash = search.rest.endsWith('/') || search.rest === ''
  if (stats.isFile()) return endsInSlash && segments.length > 0 ? undefined : path
  const { index = 'index.html' } = search
  if (!stats.isDirectory() || index === false) return undefined
  const file = await realPathBelow(search.root, [...segments, index])
  if (file === undefined) return undefined
  return search.rest.endsWith('/') || segments.length === 0 ? file : 'folder'
}

/** Links on a page of a folder are relative to the folder only when its address ends in a slash. */
function redirectToFolder(request: Request): Response {
  const { pathname, search } = new URL(request.url)
  return new Response(null, { status: 308, headers: { location: `${pathname.replace(/^\/+/, '/')}/${search}` } })
}

function cacheControlOf(segments: readonly string[], { immutable = false, cacheControl = 'no-cache' }: Search): string {
  const isImmutable = typeof immutable === 'boolean' ? immutable : new RegExp(immutable).test(segments.join('/'))
  return isImmutable ? immutableControl : cacheControl
}

function realFolder(folder: string): string {
  const path = resolve(folder)
  try {
    if (statSync(path).isDirectory()) return realpathSync(path)
  } catch {
    // Said below.
  }
  throw new ServerError('EK_STATIC_FOLDER', `the folder "${folder}" of static files does not exist`)
}
