/** Pages inside another server: Fastify, Express, Hono, or Node's own. */
export { createPages } from './serve/create-pages.ts'
export type { CreatePagesOptions, Pages, RenderedPage } from './serve/create-pages.ts'
