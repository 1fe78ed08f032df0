import { PassThrough, type Writable } from 'node:stream'
import type {
  LoadAnswer,
  LoadInput,
  NoPage,
  ProgramFault,
  RenderHead,
  RenderInput,
  RouteAssets,
  RouteMeta,
} from '../render/messages.ts'
import type { PagesProgram } from '../render/program.host.ts'
import type { RenderContext } from '../render/render-context.host.ts'
import { RouteTable, type RouteMatch, type RoutePattern } from '../routes/route-table.ts'
import { Deadline } from './deadline.ts'
import type { PageRenderer, Visitor } from './page-renderer.ts'
import { parseRendered, type Failure, type Rendered } from './rendered.ts'

export interface LocalRendererParts {
  readonly program: PagesProgram
  readonly routes: readonly RoutePattern[]
  readonly assets: Readonly<Record<string, RouteAssets>>
  /** Size of a page, in bytes. Default: any. */
  readonly maxPageBytes?: number
  /** Told of whatever a page throws. */
  readonly fault?: (fault: ProgramFault) => void
}

const defaultDeadlineMs = 5_000

/** Renders in this process. Deadlines hold for whatever waits; a render that computes without end can be ended only from outside. */
export class LocalRenderer implements PageRenderer {
  readonly #parts: LocalRendererParts
  readonly #options: RenderContext['options']
  readonly #atOnce: RenderContext
  readonly #metas: ReadonlyMap<string, RouteMeta>
  readonly #table: RouteTable
  /** Routes that were found to wait for something while they render. */
  readonly #later = new Set<string>()

  constructor(parts: LocalRendererParts) {
    this.#parts = parts
    this.#options = { assets: parts.assets, warm: [] }
    this.#atOnce = this.#context(new AbortController())
    this.#metas = new Map(parts.program.describe().map((meta) => [meta.id, meta]))
    this.#table = new RouteTable(parts.routes)
    for (const { id, waits } of this.#metas.values()) if (waits) this.#later.add(id)
  }

  get routes(): readonly string[] {
    return [...this.#metas.keys()]
  }

  find(path: string): RouteMatch | undefined {
    return this.#table.find(path)
  }

  metaOf(id: string): RouteMeta | undefined {
    return this.#metas.get(id)
  }

  assetsOf(id: string): RouteAssets | undefined {
    return this.#parts.assets[id]
  }

  async load(input: LoadInput, { signal }: Visitor = {}): Promise<LoadAnswer | Failure> {
    using deadline = new Deadline(this.metaOf(input.route)?.config.loadDeadlineMs ?? defaultDeadlineMs, signal)
    const answer = await deadline.race(this.#parts.program.load(input, this.#context(deadline)))
    if (!('reason' in answer) && answer.kind === 'error') this.#parts.fault?.(answer.fault)
    return answer
  }

  async render(input: RenderInput, visitor: Visitor = {}): Promise<Rendered> {
    if (!this.#later.has(input.route)) {
      // Waits for nothing, so that no deadline could end it.
      const rendered = this.#rendered(await this.#parts.program.render(input, this.#atOnce))
      if (rendered.status !== 'suspended') return rendered
      this.#later.add(input.route)
    }
    using deadline = new Deadline(this.#deadlineMs(input), visitor.signal)
    return this.#rendered(await deadline.race(this.#parts.program.renderLater(input, this.#context(deadline))))
  }

  async stream(input: RenderInput, { signal }: Visitor = {}): Promise<Rendered> {
    const deadline = new Deadline(this.#deadlineMs(input), signal)
    const opened = Promise.withResolvers<Rendered>()
    const respond = (head: unknown): { toWritable(): Writable } => {
      const body = new PassThrough()
      const { status: httpStatus } = head as Extract<RenderHead, { kind: 'page' }>
      deadline.cut(body)
      opened.resolve({ status: 'streaming', httpStatus, body, cancel: () => void body.destroy() })
      return { toWritable: () => body }
    }
    const context = { ...this.#context(deadline), respond }
    const ended = this.#parts.program
      .stream(input, context)
      .finally(() => deadline[Symbol.dispose]())
      .then((head) => this.#noted({ status: 'none', answer: noStream(head) }))
    return deadline.race(Promise.race([opened.promise, ended]))
  }

  #rendered(output: Uint8Array | Failure): Rendered {
    if (!(output instanceof Uint8Array)) return output
    const { maxPageBytes = Infinity } = this.#parts
    if (output.byteLength > maxPageBytes) return tooLarge(output.byteLength, maxPageBytes)
    return this.#noted(parseRendered(output))
  }

  #noted(rendered: Rendered): Rendered {
    if (rendered.status === 'none' && rendered.answer.kind === 'error') this.#parts.fault?.(rendered.answer.fault)
    return rendered
  }

  #deadlineMs({ route }: RenderInput): number {
    return this.metaOf(route)?.config.deadlineMs ?? defaultDeadlineMs
  }

  #context({ signal }: { readonly signal: AbortSignal }): RenderContext {
    return { options: this.#options, signal, respond: noStreaming }
  }
}

function noStreaming(): never {
  throw new Error('the page is not streamed')
}

/** What `stream` says when it did not begin. */
function noStream(head: RenderHead | undefined): NoPage {
  return head === undefined || head.kind === 'page' || head.kind === 'suspended' ? { kind: 'late' } : head
}

function tooLarge(bytes: number, maxBytes: number): Failure {
  const detail = `the output of ${bytes} bytes is above the limit of ${maxBytes}`
  return { status: 'failed', reason: 'output', detail }
}
