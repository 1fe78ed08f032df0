import type { PageConfig, Params, Query, SchemaIssue } from '../author/page-module.ts'

/** What the gateway must know of a route without evaluating its code. */
export interface RouteMeta {
  readonly id: string
  readonly hasLoad: boolean
  readonly hasAction: boolean
  readonly hasSchema: boolean
  readonly isRouter: boolean
  /** It is known to wait for something while it renders. */
  readonly waits: boolean
  readonly config: PageConfig
}

/** Files of the client build that a route needs. */
export interface RouteAssets {
  readonly script: string
  readonly styles: readonly string[]
  readonly preloads: readonly string[]
  /** Inline code before the script; development only. */
  readonly preamble?: string
}

/** Options of the process engine: what programs of pages get at boot. */
export interface ProgramOptions {
  readonly assets: Readonly<Record<string, RouteAssets>>
  /** Renders that warm a new host, newest examples of real ones. */
  readonly warm: readonly RenderInput[]
}

interface RouteInput {
  readonly route: string
  readonly params: Params
  readonly query: Query
  readonly path: string
}

export interface LoadInput extends RouteInput {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  /** Body of a posted form, in base64. */
  readonly body?: string
  /** Props of a backend. */
  readonly given?: unknown
}

export interface RenderInput extends RouteInput {
  readonly status: number
  /** Props as `load` wrote them. */
  readonly propsText?: string
  /** Props of a backend, to be validated. */
  readonly given?: unknown
  readonly nonce?: string
  /** `shell`: only the document, the browser renders. `fetch`: and gets the props by itself. */
  readonly shell?: 'render' | 'fetch'
  /** For the routes of a router: the whole request. */
  readonly url?: string
  readonly headers?: readonly (readonly [string, string])[]
}

export interface ProgramFault {
  readonly type: string
  readonly message: string
  readonly stack?: string
}

export type HeaderList = readonly (readonly [string, string])[]

export interface Redirection {
  readonly kind: 'redirect'
  readonly status: number
  readonly to: string
  /** Beside `location`. */
  readonly headers?: HeaderList
}

/** How a page did not come to be. */
export type NoPage =
  | Redirection
  | { readonly kind: 'notFound' }
  | { readonly kind: 'invalid'; readonly issues: readonly SchemaIssue[] }
  | { readonly kind: 'error'; readonly fault: ProgramFault }
  /** Aborted by its deadline. */
  | { readonly kind: 'late' }

export type LoadAnswer =
  | { readonly kind: 'props'; readonly propsText: string; readonly status: number; readonly headers: HeaderList }
  | NoPage

/** First line of a rendered answer; the document follows it. */
export type RenderHead = { readonly kind: 'page'; readonly status: number } | { readonly kind: 'suspended' } | NoPage
