import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPageFiles } from '../routes/page-files.ts'
import type { PagesBuild } from './build-manifest.ts'

/** Whether the files that a build was made of are still the same. */
export function isCurrent(
  { manifest }: PagesBuild,
  { root, pagesFolder }: { readonly root: string; readonly pagesFolder: string },
): boolean {
  const pages = readPageFiles(pagesFolder)
  const names = (list: readonly { readonly id: string }[]): string => list.map(({ id }) => id).join('\n')
  if (names(pages) !== names(manifest.routes)) return false
  return Object.entries(manifest.sources).every(([file, digest]) => {
    const now = digestOf(join(root, file))
    return now === digest || (now === '' && isPackages(file))
  })
}

/** A machine that only serves what was built elsewhere need not have the packages. */
function isPackages(file: string): boolean {
  return file.startsWith('..') || file.split(/[\\/]/).includes('node_modules')
}

/** Empty for a file that is not there. */
export function digestOf(file: string): string {
  if (!existsSync(file)) return ''
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
