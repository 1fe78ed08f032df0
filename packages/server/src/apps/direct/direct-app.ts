import { readFileSync } from 'node:fs'
import type { HostEnd, HostOutput } from '@evenkeel/pool'
import { ServerError } from '../../errors/server-error.ts'
import { addCounts, noCounts, withoutCurrent, type AppCounts } from '../app-counts.ts'
import type { AppHostOptions, ListenPlace, TlsFiles } from '../host/app-host-options.ts'
import type { ResolvedAppOptions } from './app-options.ts'
import { Generation, type CreateAppPool, type GenerationEvents } from './generation.ts'
import type { Instance } from './instance.ts'
import { Schedule } from './schedule.ts'

/** Makes pools of hosts that load the app as these options say. */
export type AppPools = (options: AppHostOptions) => CreateAppPool

/** How connections reach the runtimes, and who wants to know of them. */
export interface AppPlace {
  readonly listen: ListenPlace
  readonly pools: AppPools
  /** A runtime began to serve, or takes no more: its state says which. Default: nobody asks. */
  readonly changed?: (instance: Instance) => void
}

export type ReloadOutcome =
  | { readonly status: 'reloaded'; readonly generation: number; readonly tookMs: number }
  /** The version before goes on serving. */
  | { readonly status: 'kept'; readonly generation: number; readonly error: ServerError }

export interface AppState {
  readonly generation: number
  readonly ready: boolean
  readonly draining: boolean
  readonly reloads: number
  readonly failedReloads: number
  readonly restarts: number
}

/** An app and its runtimes. One version serves at a time; a new one takes over when it is ready. */
export class DirectApp {
  readonly #options: ResolvedAppOptions
  readonly #place: AppPlace
  readonly #schedule: Schedule
  #generation: Generation | undefined
  /** Versions that are being replaced. */
  readonly #leaving = new Map<Generation, Promise<number>>()
  #reloading: Promise<ReloadOutcome> | undefined
  #past: AppCounts = noCounts()
  #number = 0
  #reloads = 0
  #failedReloads = 0
  #restarts = 0
  #state: 'starting' | 'serving' | 'draining' | 'closed' = 'starting'

  constructor(options: ResolvedAppOptions, place: AppPlace) {
    this.#options = options
    this.#place = place
    this.#schedule = new Schedule((cron, dueMs) => this.#runScheduled(cron, dueMs))
  }

  /** Resolves when all runtimes accept connections. Rejects with `EK_APP_LOAD`. */
  async start(): Promise<void> {
    this.#generation = await this.#newGeneration()
    this.#state = 'serving'
    this.#plan()
  }

  get state(): AppState {
    return {
      generation: this.#generation?.number ?? 0,
      ready: this.#state === 'serving' && this.#generation?.ready === true,
      draining: this.#state === 'draining',
      reloads: this.#reloads,
      failedReloads: this.#failedReloads,
      restarts: this.#restarts,
    }
  }

  get generation(): Generation | undefined {
    return this.#generation
  }

  /** Files that the serving version was loaded from. */
  get files(): readonly string[] {
    return this.#generation?.instances[0]?.facts.files ?? [this.#options.file]
  }

  /** Of all runtimes since the start, as of now. */
  async counts(): Promise<AppCounts> {
    const instances = this.#everyInstance()
    await Promise.all(instances.map((instance) => instance.refresh()))
    return instances.reduce((sum, instance) => addCounts(sum, instance.counts), this.#past)
  }

  /** Puts a new version in the place of the serving one. Calls while one is under way share its outcome. */
  reload(): Promise<ReloadOutcome> {
    this.#reloading ??= this.#reload().finally(() => (this.#reloading = undefined))
    return this.#reloading
  }

  /** Sends a certificate that has changed to the runtimes. Throws `EK_CONFIG_INVALID` when it cannot be read. */
  renewTls(): void {
    const tls = readTls(this.#options)
    if (tls === undefined) return
    for (const instance of this.#generation?.instances ?? []) instance.tell({ type: 'tls', tls })
  }

  /** Resolves with the number of requests that did not end in time. */
  async close(deadlineMs: number): Promise<number> {
    this.#state = 'draining'
    this.#schedule[Symbol.dispose]()
    await this.#reloading
    const leaving = [...this.#leaving.values(), this.#generation?.close(deadlineMs) ?? Promise.resolve(0)]
    const cutOff = (await Promise.all(leaving)).reduce((sum, count) => sum + count, 0)
    this.#state = 'closed'
    return cutOff
  }

  async #reload(): Promise<ReloadOutcome> {
    const startedAtMs = performance.now()
    const before = this.#generation
    try {
      const next = await this.#newGeneration()
      this.#generation = next
      this.#reloads += 1
      this.#plan()
      if (before !== undefined) this.#retire(before)
      return { status: 'reloaded', generation: next.number, tookMs: performance.now() - startedAtMs }
    } catch (error) {
      this.#failedReloads += 1
      return { status: 'kept', generation: before?.number ?? 0, error: loadError(error) }
    }
  }

  #retire(generation: Generation): void {
    const left = generation.close(this.#options.limits.drainMs)
    this.#leaving.set(generation, left)
    void left.then(() => this.#leaving.delete(generation))
  }

  async #newGeneration(): Promise<Generation> {
    this.#number += 1
    const { instances, file, limits, variables, compress, dataDir } = this.#options
    const tls = readTls(this.#options)
    const protocol = tls === undefined ? 'http' : 'https'
    const host: AppHostOptions = {
      entry: file,
      limits,
      variables,
      compress,
      protocol,
      listen: this.#place.listen,
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(tls === undefined ? {} : { tls }),
    }
    const createPool = this.#place.pools(host)
    try {
      return await checked(await Generation.start(this.#number, { instances, createPool, events: this.#events() }))
    } catch (error) {
      throw loadError(error)
    }
  }

  /** Those of versions that leave, too. */
  #everyInstance(): readonly Instance[] {
    const generations = [...this.#leaving.keys(), ...(this.#generation === undefined ? [] : [this.#generation])]
    return generations.flatMap((generation) => generation.instances)
  }

  #events(): GenerationEvents {
    return {
      publish: (from, news) => this.#publish(from, news),
      changed: (instance) => this.#place.changed?.(instance),
      ended: (instance) => (this.#past = addCounts(this.#past, withoutCurrent(instance.counts))),
      output: (output) => this.#print(output),
      lost: (end) => this.#lost(end),
    }
  }

  #publish(from: Instance, news: Parameters<GenerationEvents['publish']>[1]): void {
    for (const instance of this.#everyInstance()) if (instance !== from) instance.tell(news)
  }

  #print({ stream, lines, droppedChars }: HostOutput): void {
    const level = stream === 'stderr' ? 'error' : 'info'
    for (const text of lines) this.#options.log({ source: 'app', level, text })
    if (droppedChars > 0) this.#log('error', `${droppedChars} characters of output were dropped: there was too much`)
  }

  #lost({ reason, code, signal, message, hostId }: HostEnd): void {
    if (reason === 'retired' || this.#state === 'draining' || this.#state === 'closed') return
    if (reason === 'drained') return this.#log('error', `runtime ${hostId} was cut off: it did not end in time`)
    this.#restarts += 1
    const how = reason === 'disconnected' ? (signal ?? `exit code ${code}`) : lostReasons[reason]
    this.#log(
      'error',
      `runtime ${hostId} was lost and is replaced: ${how ?? reason}${message === '' ? '' : `\n${message}`}`,
    )
  }

  #log(level: 'info' | 'error', text: string): void {
    this.#options.log({ source: 'evenkeel', level, text })
  }

  #plan(): void {
    this.#schedule.replace(cronsOf(this.#generation))
  }

  async #runScheduled(cron: string, dueMs: number): Promise<void> {
    const [instance] = this.#generation?.serving ?? []
    const failure = instance === undefined ? 'no runtime serves' : await instance.schedule(cron, dueMs)
    if (failure !== undefined) this.#log('error', `the scheduled work of "${cron}" failed: ${failure}`)
  }
}

/** What only the gateway can tell of a version that has begun to serve. */
async function checked(generation: Generation): Promise<Generation> {
  try {
    await Schedule.check(cronsOf(generation))
    return generation
  } catch (error) {
    await generation.close(0)
    throw error
  }
}

function cronsOf(generation: Generation | undefined): readonly string[] {
  return generation?.instances[0]?.facts.crons ?? []
}

const lostReasons: Readonly<Record<string, string>> = {
  unresponsive: 'its event loop was blocked for too long',
  memory: 'it used more memory than its limit',
  protocol: 'an error that nothing caught',
}

/** Why an app cannot be loaded, in the words of what went wrong in its file. */
function loadError(error: unknown): ServerError {
  if (error instanceof ServerError) return error
  const message = (error as Error).message.replace(/^a host process ended while booting \([^)]*\): /, '')
  return new ServerError('EK_APP_LOAD', `the app cannot be loaded: ${message}`, { cause: error })
}

function readTls({ tls }: ResolvedAppOptions): TlsFiles | undefined {
  if (tls === undefined) return undefined
  try {
    return { cert: readFileSync(tls.certFile, 'utf8'), key: readFileSync(tls.keyFile, 'utf8') }
  } catch (error) {
    throw new ServerError('EK_CONFIG_INVALID', `the certificate cannot be read: ${(error as Error).message}`)
  }
}
