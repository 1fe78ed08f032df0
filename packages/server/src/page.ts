/** What pages import: replies of `load` and `action`, and the types of what a page exports. */
export { notFound, redirect, respond } from './pages/author/reply.ts'
export type { PageReply } from './pages/author/reply.ts'
export type {
  Action,
  ActionContext,
  Head,
  HeadOf,
  Load,
  LoadContext,
  PageCache,
  PageConfig,
  PagePlace,
  PageRequest,
  Params,
  Query,
  StandardSchema,
} from './pages/author/page-module.ts'
