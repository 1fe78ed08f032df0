import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'
import type { PageFile } from '../routes/page-files.ts'
import type { RouterPackage } from './entries.ts'
import { exportsRoutes } from './exports-routes.ts'

/** From 7 on both names are one package; before, what renders on servers is below the second. */
const names = ['react-router', 'react-router-dom'] as const

/** The project's React Router, when a page exports `routes`. Throws `EK_PAGES_BUILD` when it has none that renders on servers. */
export function findRouter(root: string, pages: readonly PageFile[]): RouterPackage | undefined {
  const app = pages.find(({ file }) => exportsRoutes(file))
  if (app === undefined) return undefined
  const named = namedPackages(root)
  // What the project names itself goes before what only lies where its packages are looked for.
  const candidates = names.toSorted((first, second) => Number(named.has(second)) - Number(named.has(first)))
  for (const name of candidates) {
    const major = Number(installedVersion(root, name)?.split('.')[0] ?? 0)
    if (major >= 7) return { server: name, client: name }
    if (major === 6 && name === 'react-router-dom') return { server: `${name}/server`, client: name }
  }
  throw new ServerError(
    'EK_PAGES_BUILD',
    `the page "${app.id}" exports "routes", but the project has no React Router from 6.4 on`,
    { hint: 'Install react-router, or react-router-dom 6' },
  )
}

function namedPackages(root: string): ReadonlySet<string> {
  const file = join(root, 'package.json')
  if (!existsSync(file)) return new Set()
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as Partial<
    Record<'dependencies' | 'devDependencies', object>
  >
  return new Set([...Object.keys(dependencies), ...Object.keys(devDependencies)])
}

function installedVersion(root: string, name: string): string | undefined {
  try {
    const file = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  } catch {
    return undefined
  }
}
