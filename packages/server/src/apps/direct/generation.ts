import type { HostEnd, HostOutput, Pool, PoolOptions, RunReport } from '@evenkeel/pool'
import { ServerError } from '../../errors/server-error.ts'
import type { ControlNews } from '../control-messages.ts'
import { Instance } from './instance.ts'
import { Outbox } from './outbox.ts'

/** Starts a pool of hosts that have loaded the app. */
export type CreateAppPool = (options: Pick<PoolOptions, 'hosts' | 'onHostEnd' | 'onHostOutput'>) => Promise<Pool>

export interface GenerationEvents {
  publish(from: Instance, news: Extract<ControlNews, { type: 'publish' }>): void
  /** One of its runtimes found a route whose requests compute for long. */
  long(route: string): void
  /** It began to serve, takes no more, or is gone. */
  changed(instance: Instance): void
  ended(instance: Instance): void
  /** One of them has taken connections. */
  connected(): void
  output(output: HostOutput): void
  lost(end: HostEnd): void
}

/** Serving ends only with its host; timers beyond this are none. */
const noLimitMs: number = Number.MAX_SAFE_INTEGER / 4

const servingLimits = {
  wallMs: noLimitMs,
  cpuMs: noLimitMs,
  memoryMb: 64,
  outputBytes: 1_024,
  logBytes: 0,
  hostCalls: 0,
}

const serveProgram = { id: 'serve', options: { export: 'serve' }, source: '' } as const

/** How long to wait before a runtime is asked again to serve, in milliseconds. */
const retryMs = 100

/** A runtime that has lived for so long does not crash at its start, in milliseconds. */
const stableMs = 10_000

/** How long before the end of its time a runtime is asked what it still has under way, in milliseconds. */
const askBeforeMs = 150

/** The runtimes of one version of an app. Each serves in a run of its own that lasts as long as the runtime. */
export class Generation {
  readonly number: number
  readonly #wanted: number
  readonly #pool: Pool
  readonly #events: GenerationEvents
  readonly #instances = new Set<Instance>()
  #opening = 0
  #closing = false
  #retry: NodeJS.Timeout | undefined
  #stopped: (() => void) | undefined

  private constructor(number: number, parts: { wanted: number; pool: Pool; events: GenerationEvents }) {
    this.number = number
    this.#wanted = parts.wanted
    this.#pool = parts.pool
    this.#events = parts.events
  }

  /** Loads the app in every runtime, then lets all of them accept connections. Rejects with `EK_APP_LOAD`; nothing is left then. */
  static async start(
    number: number,
    options: { readonly instances: number; readonly createPool: CreateAppPool; readonly events: GenerationEvents },
  ): Promise<Generation> {
    const { instances: wanted, events, createPool } = options
    const pool = await createPool({
      hosts: wanted,
      onHostOutput: (output) => events.output(output),
      onHostEnd: (end) => events.lost(end),
    })
    const generation = new Generation(number, { wanted, pool, events })
    const opened = await Promise.all(Array.from({ length: wanted }, () => generation.#open()))
    const failure = opened.find((each) => each !== undefined)
    if (failure === undefined) return generation
    await generation.close(0)
    throw new ServerError('EK_APP_LOAD', `the app cannot serve: ${failure}`)
  }

  get instances(): readonly Instance[] {
    return [...this.#instances]
  }

  get serving(): readonly Instance[] {
    return this.instances.filter(({ state }) => state === 'serving')
  }

  get pool(): Pool {
    return this.#pool
  }

  /** At least half of the runtimes accept connections, and they do not keep crashing. */
  get ready(): boolean {
    return !this.#closing && this.serving.length * 2 >= this.#wanted && !this.crashing
  }

  /** Its runtimes end again and again, soon after their start. */
  get crashing(): boolean {
    const { crashes, hostList } = this.#pool.stats()
    return crashes >= 3 && !hostList.some(({ rotation, ageMs }) => rotation && ageMs >= stableMs)
  }

  /** Resolves when none of its runtimes takes connections any more, or the time is over. To be called once it closes. */
  async stopped(withinMs: number): Promise<void> {
    if (this.serving.length === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stopped = resolve
    const timer = setTimeout(resolve, withinMs)
    await promise
    clearTimeout(timer)
  }

  /** Lets what is under way end within the time, then ends every process. Resolves with the requests that were cut off. */
  async close(deadlineMs: number): Promise<number> {
    this.#closing = true
    clearTimeout(this.#retry)
    let cutOff = 0
    const asking = setTimeout(
      () => {
        for (const instance of this.#instances) void instance.refresh().then(() => (cutOff += instance.counts.inFlight))
      },
      Math.max(0, deadlineMs - askBeforeMs),
    )
    await this.#pool.close({ deadlineMs })
    clearTimeout(asking)
    return cutOff
  }

  /** Waits for a runtime that is free and lets it serve. Resolves with the reason when it does not. */
  async #open(): Promise<string | undefined> {
    this.#opening += 1
    const outbox = new Outbox()
    const run = await this.#pool.open({
      tenant: 'app',
      program: serveProgram,
      input: 'null',
      limits: servingLimits,
      freshness: 'reuse',
      body: outbox,
      messages: true,
    })
    this.#opening -= 1
    if (run.status === 'unanswered') return reasonOf(run.report)
    const instance: Instance = new Instance(run, outbox, {
      publish: (from, news) => this.#events.publish(from, news),
      long: (route) => this.#events.long(route),
      draining: (leaving) => {
        this.#events.changed(leaving)
        this.#keep()
      },
      ended: (gone) => this.#gone(gone),
      connected: () => this.#events.connected(),
    })
    this.#instances.add(instance)
    this.#events.changed(instance)
    return undefined
  }

  #gone(instance: Instance): void {
    this.#instances.delete(instance)
    this.#events.changed(instance)
    this.#events.ended(instance)
    this.#keep()
  }

  /** Another runtime takes the place of one that is lost or leaves. */
  #keep(): void {
    if (this.serving.length === 0) this.#stopped?.()
    if (this.#closing || this.serving.length + this.#opening >= this.#wanted) return
    void this.#open().then((failure) => {
      if (failure === undefined || this.#closing) return
      clearTimeout(this.#retry)
      this.#retry = setTimeout(() => this.#keep(), retryMs)
    })
    this.#keep()
  }
}

function reasonOf({ outcome }: RunReport): string {
  if (outcome.status === 'failed') return outcome.error.stack ?? `${outcome.error.type}: ${outcome.error.message}`
  return outcome.status === 'ok' ? 'it ended at once' : outcome.reason
}
