import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LaneOrder } from '../control-messages.ts'
import type { Generation } from './generation.ts'
import type { Instance } from './instance.ts'

/** Calls again and again until it is disposed of. */
export type Every = (ms: number, call: () => Promise<void>) => Disposable

export interface SlowLaneParts {
  /** Starts runtimes with sockets in this folder, because of that route. */
  readonly start: (folder: string, route: string) => Promise<Generation>
  /** Those that accept connections. */
  readonly acceptors: () => readonly Instance[]
  readonly failed: (error: Error) => void
  /** Nobody used its runtimes for so long that they end. */
  readonly unused: (forMs: number) => void
  /** How long they may take to end what a handler left in the background, in milliseconds. */
  readonly drainMs: number
  /** Default: timers. */
  readonly every?: Every | undefined
}

interface OpenLane {
  readonly folder: string
  readonly generation: Generation
}

/** How often it is looked whether a lane was used, in milliseconds, and after how many looks without use it ends: after a minute. */
const lookEveryMs = 20_000
const looksUntilUnused = 3

/**
 * Runtimes of one version that take the requests that compute for long, so that those that accept connections stay free for the others.
 * Started when the first such route is found; they end when nothing was passed on to them for a minute.
 */
export class SlowLane {
  readonly #parts: SlowLaneParts
  readonly #routes = new Set<string>()
  #opening: Promise<void> | undefined
  #open: OpenLane | undefined
  /** Those that end because nobody used them. */
  readonly #leaving = new Map<OpenLane, Promise<number>>()
  #drainMs: number
  #looks: Disposable | undefined
  /** Requests that the open one has answered, as of the last look, and how many looks ago that changed. */
  #answered = 0
  #unusedLooks = 0
  #closing = false

  constructor(parts: SlowLaneParts) {
    this.#parts = parts
    this.#drainMs = parts.drainMs
  }

  /** Those that leave, too. */
  get instances(): readonly Instance[] {
    return this.#lanes.flatMap(({ generation }) => generation.instances)
  }

  /** Requests of this route compute for long. */
  found(route: string): void {
    if (this.#closing) return
    this.#routes.add(route)
    this.#opening ??= this.#start(route).catch((error: unknown) => this.#parts.failed(error as Error))
    this.tell(this.#parts.acceptors())
  }

  /** Says where long requests go: to all when that changes, to a runtime that is new. */
  tell(acceptors: readonly Instance[]): void {
    if (this.#open === undefined) return
    const sockets = this.#open.generation.serving.flatMap(({ facts }) => facts.socket ?? [])
    void this.#order(acceptors, { sockets, routes: [...this.#routes] })
  }

  /** One of its runtimes began to serve, takes no more, or is gone. */
  changed({ state, facts: { socket } }: Instance): void {
    // One that was killed has left its socket behind.
    if (state === 'ended' && socket !== undefined) rmSync(socket, { force: true })
    this.tell(this.#parts.acceptors())
  }

  /** To be called when nobody passes requests on any more. Resolves with those that were cut off. */
  async close(deadlineMs: number): Promise<number> {
    this.#closing = true
    this.#drainMs = Math.min(this.#drainMs, deadlineMs)
    this.#looks?.[Symbol.dispose]()
    await this.#opening
    this.#looks?.[Symbol.dispose]()
    const open = this.#open === undefined ? [] : [end(this.#open, deadlineMs)]
    const cutOff = await Promise.all([...open, ...this.#leaving.values()])
    return cutOff.reduce((sum, count) => sum + count, 0)
  }

  get #lanes(): readonly OpenLane[] {
    return [...this.#leaving.keys(), ...(this.#open === undefined ? [] : [this.#open])]
  }

  async #start(route: string): Promise<void> {
    // Only this user can enter.
    const folder = mkdtempSync(join(tmpdir(), 'evenkeel-lane-'))
    try {
      this.#open = { folder, generation: await this.#parts.start(folder, route) }
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
    this.#answered = 0
    this.#unusedLooks = 0
    if (!this.#closing) this.#looks = (this.#parts.every ?? timers)(lookEveryMs, () => this.#look())
    this.tell(this.#parts.acceptors())
  }

  async #look(): Promise<void> {
    const lane = this.#open
    if (lane === undefined || this.#closing) return
    const isUsed = await this.#isUsed(lane.generation)
    this.#unusedLooks = isUsed ? 0 : this.#unusedLooks + 1
    // Another look may have been quicker.
    if (this.#unusedLooks >= looksUntilUnused && this.#open === lane && !this.#closing) this.#end(lane)
  }

  /** Whether something was passed on since the last look, or is under way. Who does not answer has much to do. */
  async #isUsed({ instances }: Generation): Promise<boolean> {
    const answers = await Promise.all(instances.map((instance) => instance.refresh()))
    const before = this.#answered
    const counts = instances.map((instance) => instance.counts)
    this.#answered = counts.flatMap(({ latency }) => latency.buckets).reduce((sum, count) => sum + count, 0)
    return answers.includes(false) || counts.some(({ inFlight }) => inFlight > 0) || this.#answered !== before
  }

  /** What is just being passed on is answered there; what comes from now on is answered where its connection is. */
  #end(lane: OpenLane): void {
    this.#looks?.[Symbol.dispose]()
    this.#open = undefined
    this.#opening = undefined
    this.#routes.clear()
    const left = this.#order(this.#parts.acceptors(), { sockets: [], routes: [] })
    const ended = left.then(() => end(lane, this.#drainMs)).finally(() => this.#leaving.delete(lane))
    this.#leaving.set(lane, ended)
    this.#parts.unused(lookEveryMs * looksUntilUnused)
  }

  /** Resolves when none of them has a request under way at another runtime. */
  async #order(acceptors: readonly Instance[], order: LaneOrder): Promise<void> {
    await Promise.all(acceptors.map((acceptor) => acceptor.useLane(order)))
  }
}

async function end({ generation, folder }: OpenLane, deadlineMs: number): Promise<number> {
  const cutOff = await generation.close(deadlineMs)
  rmSync(folder, { recursive: true, force: true })
  return cutOff
}

const timers: Every = (ms, call) => {
  const timer = setInterval(() => void call(), ms)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
