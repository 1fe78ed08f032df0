import { readFileSync } from 'node:fs'
import type { HostEnd, HostOutput } from '@evenkeel/pool'
import { ServerError } from '../../errors/server-error.ts'
import { addCounts, failuresOf, noCounts, withoutCurrent, type AppCounts } from '../app-counts.ts'
import type { KeptNames } from '../control-messages.ts'
import type { AppHostOptions, ListenPlace, TlsFiles } from '../host/app-host-options.ts'
import type { ResolvedAppOptions } from './app-options.ts'
import { Balance } from './balance.ts'
import { Generation, type CreateAppPool, type GenerationEvents } from './generation.ts'
import type { Instance } from './instance.ts'
import { Schedule } from './schedule.ts'
import { SlowLane, type Every } from './slow-lane.ts'

/** Makes pools of hosts that load the app as these options say. */
export type AppPools = (options: AppHostOptions) => CreateAppPool

/** How connections reach the runtimes, and who wants to know of them. */
export interface AppPlace {
  readonly listen: ListenPlace
  readonly pools: AppPools
  /** A runtime began to serve, or takes no more: its state says which. Default: nobody asks. */
  readonly changed?: (instance: Instance) => void
  /** For runtimes of long requests, to find out whether anybody uses them. Default: timers. */
  readonly every?: Every
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
  readonly #balance: Balance | undefined
  #generation: Generation | undefined
  /** Versions that are being replaced. */
  readonly #leaving = new Map<Generation, Promise<number>>()
  /** Of each version that has one. */
  readonly #lanes = new WeakMap<Generation, SlowLane>()
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
    if (place.listen.kind === 'shared' && options.instances > 1)
      this.#balance = new Balance(() => this.#generation?.serving ?? [])
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
    const acceptors = this.#acceptors()
    const beside = this.#beside()
    await Promise.all([...acceptors, ...beside].map((instance) => instance.refresh()))
    const counts = [...acceptors.map((each) => each.counts), ...beside.map((each) => failuresOf(each.counts))]
    return counts.reduce(addCounts, this.#past)
  }

  /** In all runtimes. Resolves with how many kept answers were forgotten. */
  async purge(what: KeptNames): Promise<number> {
    const counts = await Promise.all(this.#acceptors().map((instance) => instance.purge(what)))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** Resolves when every message of a topic that was published until now has reached every runtime that answers. */
  async settle(): Promise<void> {
    const instances = [...this.#acceptors(), ...this.#beside()]
    // What a runtime has said before it answers is passed on before; the second round is behind it.
    await Promise.all(instances.map((instance) => instance.turn(settleMs)))
    await Promise.all(instances.map((instance) => instance.turn(settleMs)))
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
    this.#balance?.[Symbol.dispose]()
    await this.#reloading
    const leaving = [...this.#leaving.values(), this.#end(this.#generation, deadlineMs)]
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
      // From then on every new connection gets the new version.
      await before?.stopped(stopMs)
      return { status: 'reloaded', generation: next.number, tookMs: performance.now() - startedAtMs }
    } catch (error) {
      this.#failedReloads += 1
      return { status: 'kept', generation: before?.number ?? 0, error: loadError(error) }
    }
  }

  #retire(generation: Generation): void {
    const left = this.#end(generation, this.#options.limits.drainMs)
    this.#leaving.set(generation, left)
    void left.then(() => this.#leaving.delete(generation))
  }

  /** What is passed on by those that accept connections ends with them; what has no visitor any more gets the rest of the time. */
  async #end(generation: Generation | undefined, deadlineMs: number): Promise<number> {
    if (generation === undefined) return 0
    const untilMs = performance.now() + deadlineMs
    const cutOff = await generation.close(deadlineMs)
    await this.#lanes.get(generation)?.close(Math.max(0, untilMs - performance.now()))
    return cutOff
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
    const started: { generation?: Generation } = {}
    const lane = this.#laneOf(host, started)
    const events = this.#events(lane)
    try {
      started.generation = await Generation.start(this.#number, { instances, createPool, events })
      if (lane !== undefined) this.#lanes.set(started.generation, lane)
      return await checked(started.generation)
    } catch (error) {
      throw loadError(error)
    }
  }

  /** Where long requests of a version go, when it turns out to have any. */
  #laneOf(host: AppHostOptions, started: { readonly generation?: Generation }): SlowLane | undefined {
    if (host.listen.kind !== 'shared' || !host.listen.hasLane) return undefined
    const number = this.#number
    const lane: SlowLane = new SlowLane({
      acceptors: () => started.generation?.instances ?? [],
      drainMs: host.limits.drainMs,
      every: this.#place.every,
      unused: (forMs) => this.#log('info', `no request computed for long for ${forMs / 1_000} s: their runtimes end`),
      failed: ({ message }) => this.#log('error', `long requests have no runtimes of their own: ${message}`),
      start: (folder, route) => {
        const text = `requests of "${route}" compute for long: such requests get runtimes of their own`
        this.#log('info', text)
        const createPool = this.#place.pools({ ...host, listen: { kind: 'lane', folder } })
        const events: GenerationEvents = {
          ...this.#events(undefined),
          changed: (instance) => lane.changed(instance),
          ended: (instance) => (this.#past = addCounts(this.#past, failuresOf(instance.counts))),
        }
        return Generation.start(number, { instances: this.#options.instances, createPool, events })
      },
    })
    return lane
  }

  #generations(): readonly Generation[] {
    return [...this.#leaving.keys(), ...(this.#generation === undefined ? [] : [this.#generation])]
  }

  /** Those of versions that leave, too. */
  #acceptors(): readonly Instance[] {
    return this.#generations().flatMap((generation) => generation.instances)
  }

  /** Those that others pass requests on to. */
  #beside(): readonly Instance[] {
    return this.#generations().flatMap((generation) => this.#lanes.get(generation)?.instances ?? [])
  }

  #events(lane: SlowLane | undefined): GenerationEvents {
    return {
      publish: (from, news) => this.#publish(from, news),
      long: (route) => lane?.found(route),
      changed: (instance) => {
        if (instance.state === 'serving') lane?.tell([instance])
        this.#place.changed?.(instance)
      },
      ended: (instance) => (this.#past = addCounts(this.#past, withoutCurrent(instance.counts))),
      connected: () => this.#balance?.look(),
      output: (output) => this.#print(output),
      lost: (end) => this.#lost(end),
    }
  }

  #publish(from: Instance, news: Parameters<GenerationEvents['publish']>[1]): void {
    for (const instance of [...this.#acceptors(), ...this.#beside()]) if (instance !== from) instance.tell(news)
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

/** How long a version that leaves may take to stop accepting, in milliseconds; one that is stuck takes longer. */
const stopMs = 5_000

/** A runtime that does not answer for so long is not waited for, in milliseconds. */
const settleMs = 250

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
