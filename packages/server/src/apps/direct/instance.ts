import type { AnsweredRun } from '@evenkeel/pool'
import { noCounts, type AppCounts } from '../app-counts.ts'
import type { ControlNews, ControlOrder, KeptNames, LaneOrder } from '../control-messages.ts'
import type { AppFacts } from '../host/app-host-options.ts'
import type { Outbox } from './outbox.ts'

export interface InstanceEvents {
  publish(from: Instance, news: Extract<ControlNews, { type: 'publish' }>): void
  /** It found a route whose requests compute for long. */
  long(route: string): void
  /** It takes no new connections: another should. */
  draining(instance: Instance): void
  ended(instance: Instance): void
  /** It has taken connections. */
  connected(): void
}

/** How long a runtime may take to answer the gateway, in milliseconds. */
const answerMs = 1_000

/** One runtime that accepts connections, as the gateway sees it. */
export class Instance {
  readonly facts: AppFacts
  readonly #outbox: Outbox
  readonly #events: InstanceEvents
  readonly #answers = new Map<number, (news: ControlNews) => void>()
  #nextId = 1
  #counts: AppCounts = noCounts()
  #state: 'serving' | 'draining' | 'ended' = 'serving'
  #killed = false

  constructor(run: AnsweredRun, outbox: Outbox, events: InstanceEvents) {
    this.facts = run.head as AppFacts
    this.#outbox = outbox
    this.#events = events
    void this.#follow(run)
  }

  get state(): 'serving' | 'draining' | 'ended' {
    return this.#state
  }

  /** Ends it at once, with everything that it has under way. */
  kill(): void {
    if (this.#state === 'ended' || this.#killed) return
    this.#killed = true
    try {
      process.kill(this.facts.pid, 'SIGKILL')
    } catch {
      // It has just ended by itself.
    }
  }

  /** As it said last. */
  get counts(): AppCounts {
    return this.#counts
  }

  tell(order: ControlOrder): void {
    this.#outbox.push(order)
  }

  /** Asks for the counts; a runtime that does not answer in time keeps its last ones. Resolves with whether it did. */
  async refresh(): Promise<boolean> {
    return (await this.#ask({ type: 'counts' }, answerMs)) !== undefined
  }

  /** Resolves when nothing that it has passed on is under way at another than these, or it is gone. */
  async useLane(lane: LaneOrder): Promise<void> {
    await this.#ask({ type: 'lane', ...lane })
  }

  /** Resolves when the event loop of the runtime has turned, the runtime is gone, or the time is over. */
  async turn(withinMs?: number): Promise<void> {
    await this.#ask({ type: 'turn' }, withinMs)
  }

  /** That carry requests; undefined when it does not answer in time. */
  async connections(withinMs: number): Promise<number | undefined> {
    const news = await this.#ask({ type: 'connections' }, withinMs)
    return news?.type === 'connections' ? news.count : undefined
  }

  /** Resolves with how many were forgotten; a runtime that does not answer in time forgets them later. */
  async purge(what: KeptNames): Promise<number> {
    const news = await this.#ask({ type: 'purge', ...what }, answerMs)
    return news?.type === 'purge' ? news.purged : 0
  }

  /** Resolves with an error's message when the work failed or the runtime was lost. */
  async schedule(cron: string, scheduledTime: number): Promise<string | undefined> {
    const news = await this.#ask({ type: 'scheduled', cron, scheduledTime })
    if (news === undefined) return 'the runtime ended before the work did'
    return news.type === 'scheduled' ? news.error : undefined
  }

  async #ask(
    order:
      | { readonly type: 'counts' }
      | { readonly type: 'turn' | 'connections' }
      | ({ readonly type: 'purge' } & KeptNames)
      | ({ readonly type: 'lane' } & LaneOrder)
      | { readonly type: 'scheduled'; readonly cron: string; readonly scheduledTime: number },
    withinMs?: number,
  ): Promise<ControlNews | undefined> {
    if (this.#state === 'ended') return undefined
    const id = this.#nextId++
    const { promise, resolve } = Promise.withResolvers<ControlNews | undefined>()
    const timer = withinMs === undefined ? undefined : setTimeout(() => resolve(undefined), withinMs)
    this.#answers.set(id, resolve)
    this.#lost.add(resolve)
    this.tell({ ...order, id })
    const news = await promise
    clearTimeout(timer)
    this.#answers.delete(id)
    this.#lost.delete(resolve)
    return news
  }

  readonly #lost = new Set<(news: undefined) => void>()

  async #follow(run: AnsweredRun): Promise<void> {
    try {
      for await (const item of run.body) this.#receive(JSON.parse(String(item)) as ControlNews)
    } catch {
      // Its host was lost; the pool says how.
    }
    await run.done
    this.#state = 'ended'
    this.#outbox.close()
    for (const resolve of this.#lost) resolve(undefined)
    this.#events.ended(this)
  }

  #receive(news: ControlNews): void {
    if (news.type === 'publish') return this.#events.publish(this, news)
    if (news.type === 'long') return this.#events.long(news.route)
    if (news.type === 'connected') return this.#events.connected()
    if (news.type === 'counts') this.#counts = news.counts
    if (news.type !== 'draining') return this.#answers.get(news.id)?.(news)
    this.#state = 'draining'
    this.#events.draining(this)
  }
}
