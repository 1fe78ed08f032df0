import { rmSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AppCounts } from '../app-counts.ts'
import { BodyLimits } from '../body-limit.ts'
import type { ResolvedAppOptions } from '../direct/app-options.ts'
import { DirectApp, type AppPlace, type ReloadOutcome } from '../direct/direct-app.ts'
import type { Instance } from '../direct/instance.ts'
import { routeOf } from '../route-of.ts'
import { longMs, RouteCosts } from './route-costs.ts'
import { RuntimeLink, type Ticket } from './runtime-link.ts'
import { WaitingRoom, type Wanted, type WaitingCounts, type WaitingRoomOptions } from './waiting-room.ts'

export interface RoutedAppOptions extends ResolvedAppOptions, WaitingRoomOptions {
  readonly name: string
  /** Path before every address of the app, without a slash at its end; empty for none. */
  readonly mount: string
  /** The name that the app is served under; undefined for every name. */
  readonly host: string | undefined
  /** Runtimes beyond `instances`, which are never left to long requests. */
  readonly reserve: 0 | 1
}

/**
 * How a request in a runtime ended: `lost` when its connection did before it was answered, `not sent` when nobody took it, `unread` when
 * its runtime ended without having read it.
 */
export type Outcome = 'over' | 'lost' | 'not sent' | 'unread'

/** What runtimes are told besides their app's limits: the gateway holds requests back, so that they need not refuse them. */
const runtimeLimits = {
  maxConcurrent: 1_000_000,
  maxLoopDelayMs: 3_600_000,
  headTimeoutMs: 60_000,
  requestTimeoutMs: 86_400_000,
  keepAliveMs: 72_000,
  pingEveryMs: 3_600_000,
  writeIdleMs: 3_600_000,
}

/** That there are quick requests is known for this long after the last, in milliseconds. */
const quickLatelyMs = 1_000

/** An app behind the gateway: which of its runtimes takes the next request. */
export class RoutedApp implements AsyncDisposable {
  readonly options: RoutedAppOptions
  readonly #app: DirectApp
  readonly #links = new Map<Instance, RuntimeLink>()
  readonly #room: WaitingRoom<Ticket>
  readonly #costs = new RouteCosts()
  /** Long requests that keep a runtime busy. */
  readonly #long = new Set<Ticket>()
  #lastQuickMs = -Infinity
  #settling: Promise<void> | undefined
  #bodyLimits: BodyLimits
  readonly #leaving = new Set<(link: RuntimeLink) => void>()

  constructor(options: RoutedAppOptions, place: Omit<AppPlace, 'changed'>) {
    this.options = options
    const limits = { ...options.limits, ...runtimeLimits }
    this.#bodyLimits = new BodyLimits(options.limits.maxBodyBytes)
    const instances = options.instances + options.reserve
    this.#app = new DirectApp(
      { ...options, limits, instances },
      { ...place, changed: (instance) => this.#changed(instance) },
    )
    this.#room = new WaitingRoom(options, (wanted, patient) => this.#place(wanted, patient))
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

  /** Bytes that the body of a request may have, by its path below the mount. */
  maxBodyBytes(path: string): number {
    return this.#bodyLimits.of(path)
  }

  counts(): Promise<AppCounts> {
    return this.#app.counts()
  }

  reload(): Promise<ReloadOutcome> {
    return this.#app.reload()
  }

  /** A place in a runtime, when one has room. To be given back with {@link leave}. Rejects with 503. */
  enter(method: string, url: string): Ticket | Promise<Ticket> {
    const route = routeOf(method, url)
    const costMs = this.#costs.expectedMs(route)
    return this.#room.enter({ route, costMs, isLong: costMs >= longMs })
  }

  /** The runtime has begun to answer, after so much work. */
  answered(ticket: Ticket, busyMs: number): void {
    this.#costs.learn(ticket.route, busyMs)
    this.#long.delete(ticket)
    ticket.link.heard(ticket)
    this.#room.freed()
  }

  leave(ticket: Ticket, outcome: Outcome = 'over'): void {
    const { link, route, takenAtMs } = ticket
    if (outcome === 'lost' && link.isFirst(ticket)) this.#costs.learn(route, performance.now() - takenAtMs)
    this.#long.delete(ticket)
    link.left(ticket)
    if (outcome === 'not sent') link.down()
    else if (outcome !== 'over') void link.doubt().then(() => this.#room.freed())
    this.#room.freed()
  }

  /** The runtime with the fewest WebSockets, for one more, which takes no place of a request; undefined when none serves. */
  forSocket(): RuntimeLink | undefined {
    let least: RuntimeLink | undefined
    for (const link of this.#serving()) if (link.sockets < (least?.sockets ?? Infinity)) least = link
    return least
  }

  /** Resolves when what any runtime has published until now has reached all others. */
  settled(): Promise<void> {
    this.#settling ??= nextTurn().then(() => {
      this.#settling = undefined
      return this.#app.settle()
    })
    return this.#settling
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

  /** The runtime with the least to do, of those that have room. */
  #place(wanted: Wanted, patient: boolean): Ticket | undefined {
    const { costMs, isLong } = wanted
    const links = this.#serving()
    if (!isLong) this.#lastQuickMs = performance.now()
    else if (this.#isKept(links.length, patient)) return undefined
    let least: RuntimeLink | undefined
    for (const link of links) {
      if (!link.fits(costMs, this.options.limits.maxConcurrent)) continue
      if (least === undefined || busier(least, link)) least = link
    }
    const ticket = least?.take(wanted)
    if (ticket !== undefined && isLong) this.#long.add(ticket)
    return ticket
  }

  /** Whether the last free runtime is kept for quick requests: the reserve always, another for a while if there are such. */
  #isKept(runtimes: number, patient: boolean): boolean {
    if (runtimes === 1 || this.#long.size < runtimes - 1) return false
    if (this.options.reserve === 1) return true
    return patient && performance.now() - this.#lastQuickMs < quickLatelyMs
  }

  /** Of the version that serves: those of the one before only end what they have. */
  #serving(): RuntimeLink[] {
    const links: RuntimeLink[] = []
    for (const instance of this.#app.generation?.serving ?? []) {
      const link = this.#links.get(instance)
      if (link?.isServing === true) links.push(link)
    }
    return links
  }

  #exhausted({ instance }: RuntimeLink): void {
    const { log, limits } = this.options
    const text = `process ${instance.facts.pid} is ended: a request used more than ${limits.cpuMs} ms of processor time`
    log({ source: 'evenkeel', level: 'error', text })
    instance.kill()
  }

  #changed(instance: Instance): void {
    const { socket } = instance.facts
    if (socket === undefined) return
    const link = this.#links.get(instance)
    if (instance.state === 'serving') {
      if (link === undefined) this.#links.set(instance, this.#link(instance, socket))
      this.#bodyLimits = new BodyLimits(this.options.limits.maxBodyBytes, instance.facts.bodyLimits)
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

  #link(instance: Instance, socket: string): RuntimeLink {
    const events = { heard: () => this.#room.freed(), exhausted: (link: RuntimeLink) => this.#exhausted(link) }
    return new RuntimeLink(instance, socket, { cpuMs: this.options.limits.cpuMs, events })
  }
}

function busier(first: RuntimeLink, second: RuntimeLink): boolean {
  if (first.aheadMs !== second.aheadMs) return first.aheadMs > second.aheadMs
  return first.inFlight > second.inFlight
}
