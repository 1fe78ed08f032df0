import type { Connection } from './connection.ts'

/**
 * The props of a page by its module: what its schema takes, or else what its component takes. `PropsOf<typeof import('./pages/invoice.tsx')>`.
 */
export type PropsOf<Module> = Module extends { readonly props: { readonly '~standard': infer Standard } }
  ? SchemaInput<Standard, Module>
  : ComponentProps<Module>

type SchemaInput<Standard, Module> = Standard extends { readonly types?: { readonly input: infer Input } | undefined }
  ? unknown extends Input
    ? ComponentProps<Module>
    : Input
  : ComponentProps<Module>

/** Without what the server gives to every page. */
type ComponentProps<Module> = Module extends { readonly default: (props: infer Props) => unknown }
  ? Omit<Props, 'params' | 'query' | 'path' | 'action'>
  : unknown

export interface RenderOptions {
  /** Values of `[name]` in the route. */
  readonly params?: Readonly<Record<string, string | readonly string[]>>
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  /** The address that the page is told it has. Default `/`. */
  readonly path?: string
  /** Aborting it cancels the render. */
  readonly signal?: AbortSignal
}

interface PageAnswer {
  readonly status: number
  /** For a redirect, `location` says where to. */
  readonly headers: Headers
}

export interface RenderedPage extends PageAnswer {
  /** Empty for a redirect. */
  readonly html: string
}

export interface StreamedPage extends PageAnswer {
  /** Errors when the page breaks off. */
  readonly body: ReadableStream<Uint8Array>
}

/**
 * Pages of the server's project, by the path of their file. With the page's module as the type, its props are checked:
 * `client.pages.render<typeof import('./pages/invoice.tsx')>('invoice', { number: 7 })`.
 */
export interface PageCalls {
  render<Module = unknown>(route: string, props: PropsOf<Module>, options?: RenderOptions): Promise<RenderedPage>
  /** Resolves once the first bytes are there. */
  stream<Module = unknown>(route: string, props: PropsOf<Module>, options?: RenderOptions): Promise<StreamedPage>
}

export function pageCalls(connection: Connection): PageCalls {
  const open = (
    route: string,
    props: unknown,
    { signal, ...place }: RenderOptions,
    stream: boolean,
  ): Promise<Response> => {
    const path = route.split('/').map(encodeURIComponent).join('/')
    return connection.open('POST', `/v1/pages/${path}`, { body: { props, ...place, stream }, signal })
  }
  return {
    render: async (route, props, options = {}) => {
      const response = await open(route, props, options, false)
      return { status: response.status, headers: response.headers, html: await response.text() }
    },
    stream: async (route, props, options = {}) => {
      const { status, headers, body } = await open(route, props, options, true)
      return { status, headers, body: body ?? new Blob().stream() }
    },
  }
}
