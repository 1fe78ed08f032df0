import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'
import type { PageFile } from '../routes/page-files.ts'
import type { RouterPackage } from './entries.ts'
import { exportsRoutes } from './exports-routes.ts'

/** The project's React Router, when a page exports `routes`. Throws `EK_PAGES_BUILD` when it has none that renders on servers. */
export function findRouter(root: string, pages: readonly PageFile[]): RouterPackage | undefined {
  if (!pages.some(({ file }) => exportsRoutes(file))) return undefined
  const major = (name: string): number => Number(installedVersion(root, name)?.split('.')[0] ?? 0)
  if (major('react-router') >= 7) return { server: 'react-router', client: 'react-router' }
  if (major('react-router-dom') === 6) return { server: 'react-router-dom/server', client: 'react-router-dom' }
  throw new ServerError('EK_PAGES_BUILD', 'a page exports "routes", but the project has no React Router from 6.4 on', {
    hint: 'Install react-router, or react-router-dom 6',
  })
}

function installedVersion(root: string, name: string): string | undefined {
  try {
    const file = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  } catch {
    return undefined
  }
}
