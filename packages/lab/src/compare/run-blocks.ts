import { LabError } from '../errors/lab-error.ts'
import type { RunLoad } from '../load/run-load.ts'
import { createRandom, type Random } from '../stats/random.ts'
import { runBurst, type Burst, type BurstPlan } from './burst.ts'
import type { ComparisonBlock, ComparisonSettings } from './comparison-result.ts'
import type { Side } from './side.ts'
import type { Server } from './server.ts'

export interface BlocksOptions {
  readonly a: Side
  readonly b: Side
  readonly plan: BurstPlan
  readonly settings: ComparisonSettings
  readonly runLoad: RunLoad
  readonly signal: AbortSignal
  readonly onBlock: (block: MeasuredBlock, done: number) => void
}

/** A block with the full results of its two bursts. */
export interface MeasuredBlock {
  readonly block: ComparisonBlock
  readonly a: Burst
  readonly b: Burst
}

export interface BlocksOutcome {
  readonly measured: readonly MeasuredBlock[]
  readonly targets: { readonly a: string; readonly b: string }
  readonly isInterrupted: boolean
}

/**
 * Loads both sides in turn, block by block, with both servers running and only one of them loaded. Of two neighbouring blocks
 * one begins with A and one with B, which first is drawn: an advantage of going first cancels out, and no rhythm of the machine
 * can favour a side.
 */
export async function runBlocks(options: BlocksOptions): Promise<BlocksOutcome> {
  const { settings, signal } = options
  const random = createRandom(settings.seed)
  const measured: MeasuredBlock[] = []
  const startedAt = performance.now()
  let orders: ('ab' | 'ba')[] = []
  const usersBefore = { a: 0, b: 0 }
  await using servers = new ServerPair(options)
  for (let index = -settings.warmUpBlocks; index < settings.blocks && !signal.aborted; index++) {
    if (orders.length === 0) orders = drawOrders(random)
    const order = orders.pop() ?? 'ab'
    const startMs = Math.round(performance.now() - startedAt)
    const block = await runBlock(options, await servers.ready(signal), { index, order, startMs, usersBefore })
    if (block === undefined) break
    usersBefore.a += block.a.result.users.created
    usersBefore.b += block.b.result.users.created
    if (index < 0) continue
    measured.push(block)
    options.onBlock(block, measured.length)
  }
  return { measured, targets: servers.targets, isInterrupted: signal.aborted }
}

function drawOrders(random: Random): ('ab' | 'ba')[] {
  return random.next() < 0.5 ? ['ab', 'ba'] : ['ba', 'ab']
}

interface BlockPlace extends Pick<ComparisonBlock, 'index' | 'order' | 'startMs'> {
  /** Users of a script that each side has had. */
  readonly usersBefore: { readonly a: number; readonly b: number }
}

interface Pair {
  readonly a: Server
  readonly b: Server
}

/** Undefined when the run was stopped in the middle: half a block says nothing. */
async function runBlock(
  options: BlocksOptions,
  servers: Pair,
  { usersBefore, ...place }: BlockPlace,
): Promise<MeasuredBlock | undefined> {
  const bursts: { a?: Burst; b?: Burst } = {}
  for (const name of place.order === 'ab' ? (['a', 'b'] as const) : (['b', 'a'] as const))
    bursts[name] = await watched(options[name], servers[name], () =>
      runBurst(servers[name], { ...options, usersBefore: usersBefore[name] }),
    )
  if (options.signal.aborted || bursts.a === undefined || bursts.b === undefined) return undefined
  return { block: { ...place, a: bursts.a.measure, b: bursts.b.measure }, a: bursts.a, b: bursts.b }
}

/** A server that dies in a burst would only look fast at refusing connections. */
async function watched<T>(side: Side, server: Server, body: () => Promise<T>): Promise<T> {
  let said: string | undefined
  void server.died.then((text) => (said = text))
  const value = await body()
  // The exit is announced in a later turn than the last refused connection.
  await new Promise((resolve) => setImmediate(resolve))
  if (said !== undefined)
    throw new LabError('EK_LAB_SERVER_DIED', `${side.label} ended while it was measured; it ${said}`)
  return value
}

/** Both servers; started once, or anew for each block. */
class ServerPair implements AsyncDisposable {
  readonly #options: BlocksOptions
  #pair: Pair | undefined
  #targets = { a: '', b: '' }

  constructor(options: BlocksOptions) {
    this.#options = options
  }

  get targets(): { readonly a: string; readonly b: string } {
    return this.#targets
  }

  async ready(signal: AbortSignal): Promise<Pair> {
    if (this.#options.settings.restart) await this.#stop()
    if (this.#pair !== undefined) return this.#pair
    const a = await this.#options.a.start(signal)
    try {
      const b = await this.#options.b.start(signal)
      this.#pair = { a, b }
      this.#targets = { a: a.url, b: b.url }
      return this.#pair
    } catch (error) {
      await a[Symbol.asyncDispose]()
      throw error
    }
  }

  async #stop(): Promise<void> {
    const pair = this.#pair
    this.#pair = undefined
    if (pair !== undefined) await Promise.all([pair.a[Symbol.asyncDispose](), pair.b[Symbol.asyncDispose]()])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop()
  }
}
