import { LabError } from '../errors/lab-error.ts'
import type { RunLoad } from '../load/run-load.ts'
import { createRandom, type Random } from '../stats/random.ts'
import { loadServer, runBurst, type Burst, type BurstPlan } from './burst.ts'
import type { ComparisonBlock, ComparisonSettings } from './comparison-result.ts'
import { inOrder, ServerPair, type BlockOrder, type ReadyServers, type SideName } from './server-pair.ts'
import type { Server } from './server.ts'
import type { Side } from './side.ts'
import { warmUpPlan } from './warm-up.ts'

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
  let orders: BlockOrder[] = []
  const usersBefore = { a: 0, b: 0 }
  await using servers = new ServerPair({ a: options.a, b: options.b, restart: settings.restart })
  for (let index = -settings.warmUpBlocks; index < settings.blocks && !signal.aborted; index++) {
    if (orders.length === 0) orders = drawOrders(random)
    const order = orders.pop() ?? 'ab'
    const startMs = Math.round(performance.now() - startedAt)
    const ready = await unlessStopped(servers.ready(order, signal), signal)
    const block =
      ready === undefined ? undefined : await runBlock(options, ready, { index, order, startMs, usersBefore })
    if (block === undefined) break
    if (index < 0) continue
    measured.push(block)
    options.onBlock(block, measured.length)
  }
  return { measured, targets: servers.targets, isInterrupted: signal.aborted }
}

function drawOrders(random: Random): BlockOrder[] {
  return random.next() < 0.5 ? ['ab', 'ba'] : ['ba', 'ab']
}

/** A start that is given up because the run is stopped is no fault of the server: the blocks so far are judged. */
async function unlessStopped<T>(starting: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await starting
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

interface BlockPlace extends Pick<ComparisonBlock, 'index' | 'order' | 'startMs'> {
  /** Users of a script that each side has had: counted on by each load. */
  readonly usersBefore: Record<SideName, number>
}

/** Undefined when the run was stopped in the middle: half a block says nothing. */
async function runBlock(
  options: BlocksOptions,
  servers: ReadyServers,
  { usersBefore, ...place }: BlockPlace,
): Promise<MeasuredBlock | undefined> {
  const warmUpRequests = await warmUp(options, servers, usersBefore)
  const bursts: { a?: Burst; b?: Burst } = {}
  for (const name of inOrder(place.order)) {
    const burst = await watched(options[name], servers[name], () =>
      runBurst(servers[name], { ...options, usersBefore: usersBefore[name] }),
    )
    usersBefore[name] += burst.result.users.created
    bursts[name] = burst
  }
  const { a, b } = bursts
  if (options.signal.aborted || a === undefined || b === undefined) return undefined
  const warmed = Object.keys(warmUpRequests).length === 0 ? {} : { warmUpRequests }
  return { block: { ...place, a: a.measure, b: b.measure, ...warmed }, a, b }
}

/** Loads the servers that were just started; resolves with the requests that each answered. */
async function warmUp(
  options: BlocksOptions,
  servers: ReadyServers,
  usersBefore: Record<SideName, number>,
): Promise<{ a?: number; b?: number }> {
  const plan = warmUpPlan(options.plan, options.settings)
  const requests: { a?: number; b?: number } = {}
  if (plan === undefined) return requests
  for (const name of servers.fresh) {
    const result = await watched(options[name], servers[name], () =>
      loadServer(servers[name], { ...options, plan, usersBefore: usersBefore[name] }),
    )
    usersBefore[name] += result.users.created
    requests[name] = result.requests.responses
  }
  return requests
}

/** A server that dies under load would only look fast at refusing connections. */
async function watched<T>(side: Side, server: Server, body: () => Promise<T>): Promise<T> {
  let said: string | undefined
  void server.died.then((text) => (said = text))
  const value = await body()
  // The exit is announced in a later turn than the last refused connection.
  await new Promise((resolve) => setImmediate(resolve))
  if (said !== undefined)
    throw new LabError('EK_LAB_SERVER_DIED', `${side.label} ended while it was loaded; it ${said}`)
  return value
}
