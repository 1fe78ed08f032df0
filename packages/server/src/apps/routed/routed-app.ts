import { rmSync } from 'node:fs'
import type { AppCounts } from '../app-counts.ts'
import type { ResolvedAppOptions } from '../direct/app-options.ts'
import { DirectApp, type AppPlace, type ReloadOutcome } from '../direct/direct-app.ts'
import type { Instance } from '../direct/instance.ts'
import { RuntimeLink } from './runtime-link.ts'
import { WaitingRoom, type WaitingCounts, type WaitingRoomOptions } from './waiting-room.ts'

export interface RoutedAppOptions extends ResolvedAppOptions, WaitingRoomOptions {
  readonly name: string
  /** Path before every address of the app, without a slash at its end; empty for none. */
  readonly mount: string
  /** The name that the app is served under; undefined for every name. */
  readonly host: string | undefined
}

/** How a request in a runtime ended: `lost` when its connection did before it was answered, `not sent` when nobody took it. */
export type Outcome = 'over' | 'lost' | 'not sent'

/** What runtimes are told besides their app's limits: the gateway holds requests back, so that they need not refuse them. */
const runtimeLimits = {
  maxConcurrent: 1_000_000,
  headTimeoutMs: 60_000,
  requestTimeoutMs: 86_400_000,
  keepAliveMs: 72_000,
  pingEveryMs: 3_600_000,
  writeIdleMs: 3_600_000,
}

/** An app behind the gateway: which of its runtimes takes the next request. */
export class RoutedApp implements AsyncDisposable {
  readonly options: RoutedAppOptions
  readonly #app: DirectApp
  readonly #links = new Map<Instance, RuntimeLink>()
  readonly #room: WaitingRoom<RuntimeLink>
  readonly #leaving = new Set<(link: RuntimeLink) => void>()

  constructor(options: RoutedAppOptions, place: Omit<AppPlace, 'changed'>) {
    this.options = options
    const limits = { ...options.limits, ...runtimeLimits }
    this.#app = new DirectApp({ ...options, limits }, { ...place, changed: (instance) => this.#changed(instance) })
    this.#room = new WaitingRoom(options, () => this.#free())
  }

  get app(): DirectApp {
    return this.#app
  }

  get waiting(): WaitingCounts {
    return this.#room.counts
  }

  /** Rejects with `EK_APP_LOAD`. */
  start(): Promise<void> {
    return this.#app.start()
  }

  counts(): Promise<AppCounts> {
    return this.#app.counts()
  }

  reload(): Promise<ReloadOutcome> {
    return this.#app.reload()
  }

  /** The runtime with the least to do, when one may take a request more. To be given back with {@link leave}. Rejects with 503. */
  enter(signal?: AbortSignal): RuntimeLink | Promise<RuntimeLink> {
    return this.#room.enter(signal)
  }

  leave(link: RuntimeLink, outcome: Outcome = 'over'): void {
    link.inFlight -= 1
    if (outcome === 'not sent') link.down()
    else if (outcome === 'lost') void link.doubt().then(() => this.#room.freed())
    this.#room.freed()
  }

  /** A runtime for a WebSocket, which takes no place of a request; undefined when none serves. */
  forSocket(): RuntimeLink | undefined {
    return this.#least(Infinity)
  }

  /** Called with each runtime that takes no more. Returns how to stop that. */
  onLeaving(listener: (link: RuntimeLink) => void): () => void {
    this.#leaving.add(listener)
    return () => this.#leaving.delete(listener)
  }

  /** Resolves with the requests that were cut off. */
  async close(deadlineMs: number): Promise<number> {
    this.#room[Symbol.dispose]()
    return this.#app.close(deadlineMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0)
  }

  #free(): RuntimeLink | undefined {
    const link = this.#least(this.options.limits.maxConcurrent)
    if (link !== undefined) link.inFlight += 1
    return link
  }

  /** Of the version that serves: those of the one before only end what they have. */
  #least(below: number): RuntimeLink | undefined {
    let least: RuntimeLink | undefined
    for (const instance of this.#app.generation?.serving ?? []) {
      const link = this.#links.get(instance)
      if (link?.isServing === true && link.inFlight < (least?.inFlight ?? below)) least = link
    }
    return least
  }

  #changed(instance: Instance): void {
    const { socket } = instance.facts
    if (socket === undefined) return
    const link = this.#links.get(instance)
    if (instance.state === 'serving') {
      if (link === undefined) this.#links.set(instance, new RuntimeLink(instance, socket))
      // The version that it belongs to may only be in force after this turn.
      setImmediate(() => this.#room.freed())
      return
    }
    if (link === undefined) return
    for (const listener of this.#leaving) listener(link)
    if (instance.state !== 'ended') return
    this.#links.delete(instance)
    link.close()
    // One that was killed has left its socket behind.
    rmSync(socket, { force: true })
  }
}
