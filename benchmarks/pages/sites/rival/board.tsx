import { renderToString } from 'react-dom/server'
import { createStaticHandler, createStaticRouter, StaticRouterProvider, type StaticHandlerContext } from 'react-router'
import { boardRoutes } from '../fixture/pages/_parts/routes.tsx'

const handler = createStaticHandler(boardRoutes)

/** The same app as the fixture, as React Router's own guide renders it. */
export async function renderPage(path: string): Promise<string> {
  const context = (await handler.query(new Request(`http://localhost${path}`))) as StaticHandlerContext
  const router = createStaticRouter(handler.dataRoutes, context)
  const html = renderToString(<StaticRouterProvider router={router} context={context} hydrate={false} />)
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Board</title></head><body><div id="root">${html}</div></body></html>`
}
