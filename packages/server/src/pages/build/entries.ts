import type { PageFile } from '../routes/page-files.ts'
import { runtimeFiles } from './build-paths.ts'
import { exportsRoutes } from './exports-routes.ts'

export const serverEntryId = 'virtual:evenkeel-pages/server'
export const clientEntryPrefix = 'virtual:evenkeel-pages/client/'

/** Which package has the project's router: React Router 7 and later, or 6. */
export interface RouterPackage {
  readonly server: string
  readonly client: string
}

export interface ServerEntryOptions {
  readonly router: RouterPackage | undefined
  /** Each page is imported by itself: `broken` has, by file, what those that cannot be imported threw. */
  readonly apart: boolean
}

/** The module that becomes the server bundle: every page, and React as the project has it. */
export function serverEntry(pages: readonly PageFile[], { router, apart }: ServerEntryOptions): string {
  const files = [...new Set(pages.flatMap(({ file, layouts }) => [file, ...layouts]))]
  const names = new Map(files.map((file, index) => [file, `m${index}`]))
  const routes = pages.map(({ id, file, layouts }) => {
    const around = layouts.map((layout) => names.get(layout)).join(', ')
    return `  { id: ${JSON.stringify(id)}, page: ${names.get(file)}, layouts: [${around}] },`
  })
  return [
    `import * as React from 'react'`,
    `import * as ReactDomServer from 'react-dom/server'`,
    ...(router === undefined ? [] : routerImports(router)),
    `import { createPagesProgram } from ${JSON.stringify(runtimeFiles.program)}`,
    ...(apart
      ? importsApart(names)
      : files.map((file) => `import * as ${names.get(file)} from ${JSON.stringify(file)}`)),
    `const routes = [\n${routes.join('\n')}\n]`,
    `const parts = { react: React.default ?? React, server: ReactDomServer.default ?? ReactDomServer, routes${router === undefined ? '' : ', router'} }`,
    `export const { describe, load, render, renderLater, stream, warm } = createPagesProgram(parts)`,
  ].join('\n')
}

function importsApart(names: ReadonlyMap<string, string>): string[] {
  const imports = [...names.keys()].map(
    (file) => `  import(${JSON.stringify(file)}).catch(brokenAt(${JSON.stringify(file)})),`,
  )
  return [
    `export const broken = {}`,
    `const brokenAt = (file) => (error) => {\n  broken[file] = error\n  return {}\n}`,
    `const [${[...names.values()].join(', ')}] = await Promise.all([\n${imports.join('\n')}\n])`,
  ]
}

/** The module that brings one page to life in the browser. */
export function clientEntry(page: PageFile, router: RouterPackage | undefined): string {
  const isRouter = router !== undefined && exportsRoutes(page.file)
  return [
    `import * as React from 'react'`,
    `import { createRoot, hydrateRoot } from 'react-dom/client'`,
    `import { startPage } from ${JSON.stringify(runtimeFiles.browser)}`,
    isRouter ? `import { routes } from ${JSON.stringify(page.file)}` : `import Page from ${JSON.stringify(page.file)}`,
    ...(isRouter ? [browserRouterImport(router)] : []),
    ...page.layouts.map((layout, index) => `import L${index} from ${JSON.stringify(layout)}`),
    ...(isRouter ? [browserRouter, `const Page = null`] : []),
    `const layouts = [${page.layouts.map((_, index) => `L${index}`).join(', ')}]`,
    `void startPage({ createElement: React.createElement, createRoot, hydrateRoot }, { page: Page, layouts }${isRouter ? ', provider' : ''})`,
  ].join('\n')
}

/** Made once, not at each render. */
const browserRouter = `let router
const provider = (hydrationData) => {
  router ??= createBrowserRouter(routes, { hydrationData })
  return React.createElement(RouterProvider, { router })
}`

function routerImports({ server, client }: RouterPackage): string[] {
  return [
    `import { createStaticHandler, createStaticRouter, StaticRouterProvider } from ${JSON.stringify(server)}`,
    `import { createPath, Navigate, resolvePath } from ${JSON.stringify(client)}`,
    `const router = { createPath, createStaticHandler, createStaticRouter, Navigate, resolvePath, StaticRouterProvider }`,
  ]
}

function browserRouterImport({ client }: RouterPackage): string {
  return `import { createBrowserRouter, RouterProvider } from ${JSON.stringify(client)}`
}
