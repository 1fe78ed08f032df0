import type { PageReply } from './reply.ts'

/** Values of `[name]` and, for `[...name]`, the segments. */
export type Params = Readonly<Record<string, string | readonly string[]>>

/** The query of the address; a key that comes several times has a list. */
export type Query = Readonly<Record<string, string | readonly string[]>>

/** Where a page is: given to every component beside its own props, and to `head`. */
export interface PagePlace {
  readonly params: Params
  readonly query: Query
  /** The path of the address, without the query. */
  readonly path: string
  readonly status: number
}

/** The request as `load` and `action` see it. In a cached page, only the parts in `config.cache.vary`. */
export interface PageRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Headers
  readonly cookies: Readonly<Record<string, string>>
}

export interface LoadContext {
  readonly params: Params
  readonly query: Query
  readonly request: PageRequest
  /** Props that a backend sent with `POST /v1/pages/{route}`, after the schema. */
  readonly given: unknown
  /** Aborted at 80 % of the deadline, or when nobody waits any more. */
  readonly signal: AbortSignal
}

export interface ActionContext extends LoadContext {
  /** The fields of a posted form. */
  readonly form: FormData
}

/** Gets the props of a page before it is rendered: an object, or a {@link PageReply}. */
export type Load<Props = unknown> = (context: LoadContext) => Props | PageReply | Promise<Props | PageReply>

/** Answers a form that is posted to the page. A plain object becomes the prop `action` of the page that is shown again. */
export type Action = (context: ActionContext) => unknown

/** The `<head>` of a page. Everything is escaped. */
export interface Head {
  readonly title?: string
  /** `lang` of the document. Default `en`. */
  readonly lang?: string
  /** Name to content. Names such as `og:title` become `property`. */
  readonly meta?: Readonly<Record<string, string>>
  /** Attributes of `<link>` elements. */
  readonly links?: readonly Readonly<Record<string, string>>[]
}

export type HeadOf<Props = unknown> = Head | ((context: PagePlace & { readonly props: Props }) => Head)

/** How answers of a page are kept. */
export interface PageCache {
  /** How long a copy is fresh, in milliseconds. */
  readonly ttlMs: number
  /** How long after that a copy is sent while a new one is made, in milliseconds. Default 0. */
  readonly staleWhileRevalidateMs?: number
  /** How long after that a copy is sent when a new one cannot be made, in milliseconds. Default one hour. */
  readonly staleIfErrorMs?: number
  /** For purging. `:name` is replaced by that parameter. */
  readonly tags?: readonly string[]
  /** Parts of the request that make answers differ; `load` sees no others. The path always does. Default none. */
  readonly vary?: {
    readonly query?: readonly string[]
    readonly headers?: readonly string[]
    readonly cookies?: readonly string[]
  }
}

export interface PageConfig {
  /** Default: answers are not kept. */
  readonly cache?: PageCache
  /** Send the page as it renders; what waits behind `Suspense` follows. Default false: the page is sent whole. */
  readonly stream?: boolean
  /** How long rendering may take, in milliseconds. Default 5000. */
  readonly deadlineMs?: number
  /** How long `load` or `action` may take, in milliseconds. Default 5000. */
  readonly loadDeadlineMs?: number
  /** `client` sends only a shell, and the browser renders. Default `server`. */
  readonly runtime?: 'server' | 'client'
  /** What is sent when the page cannot be rendered in time and there is no copy. Default `error`. */
  readonly onFailure?: 'error' | 'shell'
  /** Examples that new hosts render before they take work. Default: `load` is asked for pages without parameters. */
  readonly warm?: readonly { readonly params?: Params; readonly props?: unknown }[]
  /**
   * Render at build, and send that copy until `cache` says otherwise; without `cache`, until the next build or a purge. `true`, or the paths
   * of a page with parameters. Copies see no query but what `cache.vary` names.
   */
  readonly prerender?: boolean | readonly string[]
}

/** Validates props: https://standardschema.dev, which Zod, Valibot, ArkType and others implement. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a file of the pages folder may export. */
export interface PageModule {
  readonly default?: unknown
  readonly load?: Load
  readonly action?: Action
  readonly head?: HeadOf
  readonly props?: StandardSchema
  readonly config?: PageConfig
  /** Routes of React Router: the page is an app of its own. */
  readonly routes?: readonly unknown[]
}
