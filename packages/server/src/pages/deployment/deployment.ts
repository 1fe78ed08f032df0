import { join } from 'node:path'
import { createPool, type Pool, type PoolOptions } from '@evenkeel/pool'
import { ServerError } from '../../errors/server-error.ts'
import { serverBundle, type PagesBuild } from '../build/build-manifest.ts'
import type { LoadAnswer, LoadInput, ProgramOptions, RenderInput, RouteAssets, RouteMeta } from '../render/messages.ts'
import { RouteTable, type RouteMatch } from '../routes/route-table.ts'
import { Examples, firstExamples } from './examples.ts'
import { PageCalls } from './page-calls.ts'
import type { PageRenderer, Visitor } from './page-renderer.ts'
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
  /** When hosts are replaced. */
  readonly recycle?: PoolOptions['recycle']
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

/**
 * A render that takes longer makes way for others, in milliseconds. On a busy machine an ordinary one is interrupted for some tens: making
 * way would interrupt it for longer.
 */
const longRenderMs = 200

/** A host that ends sooner by a fault of its own may have died of what it was warmed with, in milliseconds. */
const shortLifeMs = 10_000
const faults: ReadonlySet<string> = new Set(['protocol', 'disconnected', 'memory', 'unresponsive'])

/** From a render's deadline to the end of its host, in milliseconds: a host with one page has nobody else to wait for. */
const renderGraceMs = 50

/** Rounds over all examples at most, and how long they may take, in milliseconds. */
const warmRounds = 20
const warmMs = 500

/** One build with the hosts that run it. */
export class Deployment implements PageRenderer, AsyncDisposable {
  readonly build: PagesBuild
  readonly #calls: PageCalls
  readonly #waiting: Pool
  readonly #rendering: Pool
  readonly #metas: ReadonlyMap<string, RouteMeta>
  readonly #examples: Examples
  readonly #table: RouteTable
  /** Routes that were found to wait for something while they render. */
  readonly #later = new Set<string>()

  constructor(parts: DeploymentParts) {
    this.build = parts.build
    this.#calls = parts.calls
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
    const onHostEnd: NonNullable<PoolOptions['onHostEnd']> = ({ reason, livedMs }) => {
      if (!faults.has(reason)) return
      examples.doubt()
      if (livedMs < shortLifeMs) examples.reset()
    }
    await using stack = new AsyncDisposableStack()
    const said: string[] = []
    const open = async (kind: 'waiting' | 'rendering', hosts: number | undefined): Promise<Pool> => {
      const pool = await openPool({ kind, build, options, programOptions, hosts, said, onHostEnd })
      stack.defer(() => pool.close({ deadlineMs: 0 }))
      return pool
    }
    // The waiting hosts start without examples: they evaluate the bundle, and say what it holds.
    const waiting = await open('waiting', 1)
    const calls = new PageCalls(options)
    const metas = await describe(waiting, calls)
    const load = (input: LoadInput): Promise<LoadAnswer | undefined> => loadOnce(waiting, calls, input)
    for (const input of await firstExamples(build.manifest.routes, metas, load)) examples.put(input)
    const rendering = await open('rendering', options.hosts)
    examples.proven()
    stack.move()
    return new Deployment({ build, calls, waiting, rendering, metas, examples })
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
  async load(input: LoadInput, { signal }: Visitor = {}): Promise<LoadAnswer | Failure> {
    const wallMs = this.metaOf(input.route)?.config.loadDeadlineMs ?? defaultDeadlineMs
    const request = this.#calls.request({ name: 'load', input, wallMs, signal })
    const once = async (): Promise<LoadAnswer | Failure> => {
      const report = await this.#waiting.run(request)
      return report.outcome.status === 'ok' ? parseLoad(report.outcome.output) : failureOf(report)
    }
    return this.#twice(input.method === 'POST', once)
  }

  async render(input: RenderInput, { signal }: Visitor = {}): Promise<Rendered> {
    if (!this.#later.has(input.route)) {
      const rendered = await this.#run(this.#rendering, 'render', input, signal)
      if (rendered.status === 'page' && input.shell === undefined) this.#examples.add(input)
      if (rendered.status !== 'suspended') return rendered
      this.#later.add(input.route)
    }
    return this.#twice(false, () => this.#run(this.#waiting, 'renderLater', input, signal))
  }

  /** Resolves once the first bytes are there. */
  async stream(input: RenderInput, { signal }: Visitor = {}): Promise<Rendered> {
    const wallMs = this.#deadlineMs(input.route)
    const opened = await this.#waiting.open(this.#calls.request({ name: 'stream', input, wallMs, signal }))
    if (opened.status === 'answered') {
      const { status: httpStatus } = opened.head as { status: number }
      return { status: 'streaming', httpStatus, body: opened.body, cancel: () => opened.cancel() }
    }
    const { report } = opened
    if (report.outcome.status !== 'ok') return failureOf(report)
    return { status: 'none', answer: JSON.parse(Buffer.from(report.outcome.output).toString()) }
  }

  /** Sends the examples through this process and all hosts: the first visitors find the way there hot as well. */
  async warm(): Promise<void> {
    const untilMs = performance.now() + warmMs
    const hosts = this.#rendering.stats().hosts
    for (let round = 0; round < warmRounds && performance.now() < untilMs; round += 1)
      for (const input of this.#examples.inputs)
        await Promise.all(Array.from({ length: hosts }, () => this.#run(this.#rendering, 'render', input)))
  }

  /** Lets running pages end within the time, in milliseconds. */
  async close(deadlineMs = 10_000): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.close({ deadlineMs })))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0)
  }

  async #run(pool: Pool, name: string, input: RenderInput, signal?: AbortSignal): Promise<Rendered> {
    const report = await pool.run(this.#calls.request({ name, input, wallMs: this.#deadlineMs(input.route), signal }))
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
}

export interface DeploymentParts {
  readonly build: PagesBuild
  readonly calls: PageCalls
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
  readonly onHostEnd: NonNullable<PoolOptions['onHostEnd']>
}

async function openPool({ kind, build, options, programOptions, hosts, said, onHostEnd }: OpenPool): Promise<Pool> {
  const { runtime, env, memoryMb: residentMb, maxQueued, maxQueueMs, spares, recycle, output } = options
  const engine = runtime.engine({
    name: `pages-${kind}`,
    module: serverBundle(build),
    options: kind === 'waiting' ? { ...programOptions, warm: [] } : programOptions,
    concurrency: kind === 'waiting' ? waitingConcurrency : 1,
    residentMb,
    // Hosts that start later find the bundle compiled.
    env: { NODE_COMPILE_CACHE: join(build.folder, 'code'), ...env },
  })
  const given = Object.entries({ hosts, maxQueued, maxQueueMs, spares, recycle }).filter(
    ([, value]) => value !== undefined,
  )
  let ready = false
  const onHostOutput: NonNullable<PoolOptions['onHostOutput']> = ({ lines }) => {
    const text = lines.map((line) => `${line}\n`).join('')
    if (!ready && said.length < 100) said.push(text)
    output(text)
  }
  try {
    const own = { name: `pages-${kind}`, engine, onHostOutput, onHostEnd, shortMs: longRenderMs }
    const grace = kind === 'waiting' ? {} : { killGraceMs: renderGraceMs }
    const pool = await createPool({ ...own, ...grace, ...Object.fromEntries(given) })
    ready = true
    return pool
  } catch (error) {
    const why = said.join('').trim()
    const detail = why === '' ? (error as Error).message : why
    throw new ServerError('EK_PAGES_START', `the hosts of the pages do not get ready: ${detail}`, { cause: error })
  }
}

async function describe(pool: Pool, calls: PageCalls): Promise<Map<string, RouteMeta>> {
  const { outcome } = await pool.run(calls.request({ name: 'describe', input: {}, wallMs: 5_000 }))
  if (outcome.status !== 'ok')
    throw new ServerError('EK_PAGES_START', `the pages cannot be described: ${JSON.stringify(outcome)}`)
  const metas = JSON.parse(Buffer.from(outcome.output).toString()) as RouteMeta[]
  return new Map(metas.map((meta) => [meta.id, meta]))
}

/** How long a page may take to load its example, in milliseconds. */
const exampleMs = 1_000

async function loadOnce(pool: Pool, calls: PageCalls, input: LoadInput): Promise<LoadAnswer | undefined> {
  const { outcome } = await pool.run(calls.request({ name: 'load', input, wallMs: exampleMs }))
  return outcome.status === 'ok' ? parseLoad(outcome.output) : undefined
}

function parseLoad(output: Uint8Array): LoadAnswer {
  return JSON.parse(Buffer.from(output.buffer, output.byteOffset, output.byteLength).toString()) as LoadAnswer
}
