import { PassThrough, type Writable } from 'node:stream'
import type { PageRenderer } from '../deployment/page-renderer.ts'
import { parseRendered, type Failure, type Rendered } from '../deployment/rendered.ts'
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
import type { PageFile } from '../routes/page-files.ts'
import { RouteTable, type RouteMatch } from '../routes/route-table.ts'

export interface DevRendererParts {
  readonly program: PagesProgram
  readonly pages: readonly PageFile[]
  readonly assets: Readonly<Record<string, RouteAssets>>
  /** Told of whatever a page throws. */
  readonly fault: (fault: ProgramFault) => void
}

const defaultDeadlineMs = 5_000

/** Renders in this process: what development changes is there with the next request. */
export class DevRenderer implements PageRenderer {
  readonly #parts: DevRendererParts
  readonly #metas: ReadonlyMap<string, RouteMeta>
  readonly #table: RouteTable

  constructor(parts: DevRendererParts) {
    this.#parts = parts
    this.#metas = new Map(parts.program.describe().map((meta) => [meta.id, meta]))
    this.#table = new RouteTable(parts.pages.map(({ id, pattern }) => ({ id, pattern })))
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

  async load(input: LoadInput, signal?: AbortSignal): Promise<LoadAnswer | Failure> {
    const deadlineMs = this.metaOf(input.route)?.config.loadDeadlineMs ?? defaultDeadlineMs
    const answer = await this.#parts.program.load(input, this.#context(deadlineMs, signal))
    if (answer.kind === 'error') this.#parts.fault(answer.fault)
    return answer
  }

  async render(input: RenderInput, signal?: AbortSignal): Promise<Rendered> {
    const { program } = this.#parts
    const deadlineMs = this.#deadlineMs(input)
    const first = parseRendered(await program.render(input, this.#context(deadlineMs, signal)))
    if (first.status !== 'suspended') return this.#noted(first)
    return this.#noted(parseRendered(await program.renderLater(input, this.#context(deadlineMs, signal))))
  }

  async stream(input: RenderInput, signal?: AbortSignal): Promise<Rendered> {
    const opened = Promise.withResolvers<Rendered>()
    const respond = (head: unknown): { toWritable(): Writable } => {
      const body = new PassThrough()
      const { status: httpStatus } = head as Extract<RenderHead, { kind: 'page' }>
      opened.resolve({ status: 'streaming', httpStatus, body, cancel: () => void body.destroy() })
      return { toWritable: () => body }
    }
    const context = { ...this.#context(this.#deadlineMs(input), signal), respond }
    const ended = this.#parts.program.stream(input, context).then((head): Rendered => {
      const answer: NoPage =
        head === undefined || head.kind === 'page' || head.kind === 'suspended' ? { kind: 'late' } : head
      return this.#noted({ status: 'none', answer })
    })
    return Promise.race([opened.promise, ended])
  }

  #noted(rendered: Rendered): Rendered {
    if (rendered.status === 'none' && rendered.answer.kind === 'error') this.#parts.fault(rendered.answer.fault)
    return rendered
  }

  #deadlineMs({ route }: RenderInput): number {
    return this.metaOf(route)?.config.deadlineMs ?? defaultDeadlineMs
  }

  #context(deadlineMs: number, signal: AbortSignal | undefined): RenderContext {
    const deadline = AbortSignal.timeout(deadlineMs)
    return {
      options: { assets: this.#parts.assets, warm: [] },
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      respond: () => {
        throw new Error('the page is not streamed')
      },
    }
  }
}
