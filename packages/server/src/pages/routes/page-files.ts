import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'

/** A file of the pages folder that is a route, or `_error` or `_404`. */
export interface PageFile {
  /** Its path in the folder without the ending, such as `products/[id]`; stable, and the name of the route in the API. */
  readonly id: string
  /** Absolute. */
  readonly file: string
  /** Absolute, from the outermost in. */
  readonly layouts: readonly string[]
  /** As `find-my-way` takes it; `undefined` for `_error` and `_404`. */
  readonly pattern: string | undefined
}

const pageEnding = /\.(tsx|jsx|ts|js)$/
const special = new Set(['_error', '_404'])

/** Reads the routes of a folder. Throws `EK_PAGES_ROUTE` for two files of one address, and for names that are none. */
export function readPageFiles(folder: string): readonly PageFile[] {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && pageEnding.test(entry.name) && !/\.(test|spec|d)\.[jt]sx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  const layouts = new Map(
    files.filter((file) => idOf(folder, file).endsWith('_layout')).map((file) => [folderOf(folder, file), file]),
  )
  const pages = files.flatMap((file) => pageFile(folder, file, layouts))
  refuseDoubles(pages)
  return pages
}

function pageFile(folder: string, file: string, layouts: ReadonlyMap<string, string>): PageFile[] {
  const id = idOf(folder, file)
  const isPrivate = id.split('/').some((segment) => segment.startsWith('_'))
  if (isPrivate && !special.has(id)) return []
  const around = layoutsOf(folderOf(folder, file), layouts)
  return [{ id, file, layouts: around, pattern: special.has(id) ? undefined : patternOf(id) }]
}

function idOf(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/').replace(pageEnding, '')
}

function folderOf(folder: string, file: string): string {
  return idOf(folder, file).split('/').slice(0, -1).join('/')
}

function layoutsOf(folder: string, layouts: ReadonlyMap<string, string>): readonly string[] {
  const parts = folder === '' ? [] : folder.split('/')
  return ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))].flatMap(
    (each) => layouts.get(each) ?? [],
  )
}

function patternOf(id: string): string {
  const segments = id.split('/')
  if (segments.at(-1) === 'index') segments.pop()
  return `/${segments.map((segment, index) => segmentPattern(segment, id, index === segments.length - 1)).join('/')}`
}

function segmentPattern(segment: string, id: string, isLast: boolean): string {
  if (/^\[\.\.\.\w+\]$/.test(segment)) {
    if (isLast) return '*'
    throw new ServerError('EK_PAGES_ROUTE', `the page "${id}" has "${segment}" before its last segment`)
  }
  const name = /^\[(\w+)\]$/.exec(segment)?.[1]
  if (name !== undefined) return `:${name}`
  if (/^[\w.~-]+$/.test(segment)) return segment
  throw new ServerError(
    'EK_PAGES_ROUTE',
    `the page "${id}" has the segment "${segment}", which is no part of an address`,
    {
      hint: 'Use letters, digits, ".", "-", "_", "~", or [name] and [...name]',
    },
  )
}

function refuseDoubles(pages: readonly PageFile[]): void {
  const known = new Map<string, PageFile>()
  for (const page of pages) {
    const shape = page.pattern?.replaceAll(/:\w+/g, ':') ?? page.id
    const other = known.get(shape)
    if (other !== undefined)
      throw new ServerError('EK_PAGES_ROUTE', `the pages "${other.id}" and "${page.id}" have the same address`)
    known.set(shape, page)
  }
}
