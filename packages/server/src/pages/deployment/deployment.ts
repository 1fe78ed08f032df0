import { join } from 'node:path'
import { createPool, type Limits, type Pool, type PoolOptions, type RunRequest } from '@evenkeel/pool'
import { ServerError } from '../../errors/server-error.ts'
import { serverBundle, type PagesBuild } from '../build/build-manifest.ts'
import type { LoadAnswer, LoadInput, ProgramOptions, RenderInput, RouteAssets, RouteMeta } from '../render/messages.ts'
import { RouteTable, type RouteMatch } from '../routes/route-table.ts'
import { Examples, firstExamples } from './examples.ts'
import type { PageRenderer } from './page-renderer.ts'
import { failureOf, parseRendered, type Failure, type Rendered } from './rendered.ts'
import type { PagesRuntime } from './runtime.ts'

export interface DeploymentOptions {
  readonly runtime: PagesRuntime
  /** Environment of the page hosts. */
  readonly env: Readonly<Record<string, string>>
  /** Hosts that render, one page at a time each. Default: the usable processors. */
  readonly hosts?: number
  /** Hosts that stand by. Default 1. */
  readonly spares?: number
  /** Renders that may wait. Default 1000. */
  readonly maxQueued?: number
  /** How long a render may wait, in milliseconds. Default 2000. */
  readonly maxQueueMs?: number
  /** Resident memory of a host, in MiB. */
  readonly memoryMb: number
  /** Size of a page, in bytes. */
  readonly maxPageBytes: number
  /** What hosts print, line by line. */
  readonly output: (text: string) => void
}

/** Loads, actions and pages that wait for something: they share a host, because they wait more than they compute. */
const waitingConcurrency = 64

const defaultDeadlineMs = 5_000

/** One build with the hosts that run it. */
export class Deployment implements PageRenderer, AsyncDisposable {
  readonly build: PagesBuild
  readonly #options: DeploymentOptions
  readonly #waiting: Pool
  readonly #rendering: Pool
  readonly #metas: ReadonlyMap<string, RouteMeta>
  readonly #examples: Examples
  readonly #table: RouteTable
  /** Routes that were found to wait for something while they render. */
  readonly #later = new Set<string>()

  constructor(parts: DeploymentParts) {
    this.build = parts.build
    this.#options = parts.options
    this.#waiting = parts.waiting
    this.#rendering = parts.rendering
    this.#metas = parts.metas
    this.#examples = parts.examples
    this.#table = new RouteTable(parts.build.manifest.routes)
    for (const { id, waits } of parts.metas.values()) if (waits) this.#later.add(id)
  }

  /** Starts and warms the hosts. Throws `EK_PAGES_START` when the bundle cannot be evaluated or its hosts do not get ready. */
  static async open(build: PagesBuild, options: DeploymentOptions): Promise<Deployment> {
    const examples = new Examples()
    const programOptions: ProgramOptions = { assets: build.manifest.assets, warm: examples.inputs }
    await using stack = new AsyncDisposableStack()
    const said: string[] = []
    const open = async (kind: 'waiting' | 'rendering', hosts: number | undefined): Promise<Pool> => {
      const pool = await openPool({ kind, build, options, programOptions, hosts, said })
      stack.defer(() => pool.close({ deadlineMs: 0 }))
      return pool
    }
    // The waiting hosts start without examples: they evaluate the bundle, and say what it holds.
    const waiting = await open('waiting', 1)
    const metas = await describe(waiting, options)
    const load = (input: LoadInput): Promise<LoadAnswer | undefined> => loadOnce(waiting, options, input)
    for (const input of await firstExamples(build.manifest.routes, metas, load)) examples.add(input)
    const rendering = await open('rendering', options.hosts)
    stack.move()
    return new Deployment({ build, options, waiting, rendering, metas, examples })
  }

  get pools(): readonly Pool[] {
    return [this.#rendering, this.#waiting]
  }

  get routes(): readonly string[] {
    return this.build.manifest.routes.map(({ id }) => id)
  }

  find(path: string): RouteMatch | undefined {
    return this.#table.find(path)
  }

  metaOf(id: string): RouteMeta | undefined {
    return this.#metas.get(id)
  }

  assetsOf(id: string): RouteAssets | undefined {
    return this.build.manifest.assets[id]
  }

  /** Runs `load`, and `action` for a posted form. A read that only its neighbour's fault ended is tried once more. */
  async load(input: LoadInput, signal?: AbortSignal): Promise<LoadAnswer | Failure> {
    const wallMs = this.metaOf(input.route)?.config.loadDeadlineMs ?? defaultDeadlineMs
    const request = this.#request('load', input, wallMs, signal)
    const once = async (): Promise<LoadAnswer | Failure> => {
      const report = await this.#waiting.run(request)
      return report.outcome.status === 'ok' ? parseLoad(report.outcome.output) : failureOf(report)
    }
    return this.#twice(input.method === 'POST', once)
  }

  async render(input: RenderInput, signal?: AbortSignal): Promise<Rendered> {
    if (!this.#later.has(input.route)) {
      const rendered = await this.#run(this.#rendering, 'render', input, signal)
      if (rendered.status === 'page' && input.shell === undefined) this.#examples.add(input)
      if (rendered.status !== 'suspended') return rendered
      this.#later.add(input.route)
    }
    return this.#twice(false, () => this.#run(this.#waiting, 'renderLater', input, signal))
  }

  /** Resolves once the first bytes are there. */
  async stream(input: RenderInput, signal?: AbortSignal): Promise<Rendered> {
    const opened = await this.#waiting.open(this.#request('stream', input, this.#deadlineMs(input.route), signal))
    if (opened.status === 'answered') {
      const { status: httpStatus } = opened.head as { status: number }
      return { status: 'streaming', httpStatus, body: opened.body, cancel: () => opened.cancel() }
    }
    const { report } = opened
    if (report.outcome.status !== 'ok') return failureOf(report)
    return { status: 'none', answer: JSON.parse(Buffer.from(report.outcome.output).toString()) }
  }

  /** Lets running pages end within the time, in milliseconds. */
  async close(deadlineMs = 10_000): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.close({ deadlineMs })))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0)
  }

  async #run(pool: Pool, name: string, input: RenderInput, signal?: AbortSignal): Promise<Rendered> {
    const report = await pool.run(this.#request(name, input, this.#deadlineMs(input.route), signal))
    return report.outcome.status === 'ok' ? parseRendered(report.outcome.output) : failureOf(report)
  }

  /** Many share a waiting host: when one blocks it, the others were only unlucky. */
  async #twice<Result extends object>(onlyOnce: boolean, once: () => Promise<Result>): Promise<Result> {
    const first = await once()
    const lost = 'reason' in first && first.reason === 'lost'
    return lost && !onlyOnce ? once() : first
  }

  #deadlineMs(route: string): number {
    return this.metaOf(route)?.config.deadlineMs ?? defaultDeadlineMs
  }

  #request(name: string, input: object, wallMs: number, signal?: AbortSignal): RunRequest {
    return runRequest(this.#options, { name, input, wallMs, signal })
  }
}

export interface DeploymentParts {
  readonly build: PagesBuild
  readonly options: DeploymentOptions
  readonly waiting: Pool
  readonly rendering: Pool
  readonly metas: ReadonlyMap<string, RouteMeta>
  readonly examples: Examples
}

interface OpenPool {
  readonly kind: 'waiting' | 'rendering'
  readonly build: PagesBuild
  readonly options: DeploymentOptions
  readonly programOptions: ProgramOptions
  readonly hosts: number | undefined
  /** What hosts print until they are ready, which is why they do not get ready. */
  readonly said: string[]
}

async function openPool({ kind, build, options, programOptions, hosts, said }: OpenPool): Promise<Pool> {
  const { runtime, env, memoryMb: residentMb, maxQueued, maxQueueMs, spares, output } = options
  const engine = runtime.engine({
    name: `pages-${kind}`,
    module: serverBundle(build),
    options: kind === 'waiting' ? { ...programOptions, warm: [] } : programOptions,
    concurrency: kind === 'waiting' ? waitingConcurrency : 1,
    residentMb,
    // Hosts that start later find the bundle compiled.
    env: { NODE_COMPILE_CACHE: join(build.folder, 'code'), ...env },
  })
  const given = Object.entries({ hosts, maxQueued, maxQueueMs, spares }).filter(([, value]) => value !== undefined)
  let ready = false
  const onHostOutput: NonNullable<PoolOptions['onHostOutput']> = ({ lines }) => {
    const text = lines.map((line) => `${line}\n`).join('')
    if (!ready && said.length < 100) said.push(text)
    output(text)
  }
  try {
    const pool = await createPool({ name: `pages-${kind}`, engine, onHostOutput, ...Object.fromEntries(given) })
    ready = true
    return pool
  } catch (error) {
    const why = said.join('').trim()
    const detail = why === '' ? (error as Error).message : why
    throw new ServerError('EK_PAGES_START', `the hosts of the pages do not get ready: ${detail}`, { cause: error })
  }
}

async function describe(pool: Pool, options: DeploymentOptions): Promise<Map<string, RouteMeta>> {
  const { outcome } = await pool.run(runRequest(options, { name: 'describe', input: {}, wallMs: 5_000 }))
  if (outcome.status !== 'ok')
    throw new ServerError('EK_PAGES_START', `the pages cannot be described: ${JSON.stringify(outcome)}`)
  const metas = JSON.parse(Buffer.from(outcome.output).toString()) as RouteMeta[]
  return new Map(metas.map((meta) => [meta.id, meta]))
}

/** How long a page may take to load its example, in milliseconds. */
const exampleMs = 1_000

async function loadOnce(pool: Pool, options: DeploymentOptions, input: LoadInput): Promise<LoadAnswer | undefined> {
  const { outcome } = await pool.run(runRequest(options, { name: 'load', input, wallMs: exampleMs }))
  return outcome.status === 'ok' ? parseLoad(outcome.output) : undefined
}

function parseLoad(output: Uint8Array): LoadAnswer {
  return JSON.parse(Buffer.from(output.buffer, output.byteOffset, output.byteLength).toString()) as LoadAnswer
}

interface Call {
  readonly name: string
  readonly input: object
  readonly wallMs: number
  readonly signal?: AbortSignal | undefined
}

function runRequest({ runtime, memoryMb, maxPageBytes }: DeploymentOptions, call: Call): RunRequest {
  const { name, input, wallMs, signal } = call
  const limits: Limits = {
    wallMs,
    cpuMs: wallMs,
    memoryMb: Math.min(memoryMb, 128),
    outputBytes: maxPageBytes,
    logBytes: 0,
    hostCalls: 0,
  }
  const request: RunRequest = {
    tenant: 'pages',
    program: runtime.program(name),
    input: JSON.stringify(input),
    limits,
    freshness: 'reuse',
  }
  return signal === undefined ? request : { ...request, signal }
}
