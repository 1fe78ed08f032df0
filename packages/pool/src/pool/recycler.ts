import { monotonicMs } from '../util/clock.ts'
import type { Fleet } from './fleet.ts'
import type { Host } from './host.ts'

export interface RecycleOptions {
  /** Invocations after which a host is replaced. Default 20000. */
  readonly executions?: number
  /** Age at which a host is replaced, in milliseconds. Default 30 minutes. */
  readonly ageMs?: number
  /**
   * What a host may have grown since its start besides the heaps that it keeps, in MiB: buffers that leave the allocator in pieces, or a leak.
   * Only for hosts that say what they keep, while they run nothing. Default 64.
   */
  readonly driftMb?: number
  /** Share of a host's resident ceiling at which it is replaced before it has to be killed. Default 0.6. */
  readonly residentShare?: number
  /**
   * How long a host that is to be replaced goes on taking work beside the one that takes its place, whose first runs are slow, in milliseconds.
   * Default 500; not when it is replaced for its memory.
   */
  readonly overlapMs?: number
  /** From its end to the start of the process that stands by next, unless one is missing, in milliseconds. Default 500. */
  readonly restMs?: number
}

/** How a host is replaced. */
export const recyclePace = { overlapMs: 500, restMs: 500 } as const

export type RecycleReason = 'executions' | 'age' | 'memory' | 'drift'

/** Pages of a heap that is gone go back within a second or two: what is seen in so many checks in a row stays. */
const driftChecks = 4

/** Limits vary by this share from host to host, so that hosts that started together do not end together. */
const jitter = 0.2

/**
 * Replaces hosts before they grow old: one at a time, only when another is ready, and not while work is waiting longer than it should,
 * unless memory leaves no choice.
 */
export class Recycler implements Disposable {
  readonly #fleet: Fleet
  readonly #options: Required<Omit<RecycleOptions, keyof typeof recyclePace>>
  readonly #queueIsLate: () => boolean
  readonly #recycled: (host: Host, reason: RecycleReason) => void
  readonly #timer: NodeJS.Timeout
  readonly #factors = new WeakMap<Host, number>()
  readonly #drifts = new WeakMap<Host, { readonly firstMb: number; seen: number }>()

  constructor(
    fleet: Fleet,
    options: RecycleOptions,
    hooks: { queueIsLate(): boolean; recycled(host: Host, reason: RecycleReason): void; everyMs: number },
  ) {
    this.#fleet = fleet
    this.#options = { executions: 20_000, ageMs: 30 * 60_000, residentShare: 0.6, driftMb: 64, ...options }
    this.#queueIsLate = () => hooks.queueIsLate()
    this.#recycled = (host, reason) => hooks.recycled(host, reason)
    this.#timer = setInterval(() => this.check(), hooks.everyMs)
  }

  /** Replaces the first host that is due. */
  check(): void {
    if (this.#fleet.replacing) return
    for (const host of this.#fleet.active) {
      const reason = this.#dueReason(host)
      if (reason === undefined || (reason !== 'memory' && this.#queueIsLate())) continue
      if (this.#fleet.replace(host, { atOnce: reason === 'memory' })) return this.#recycled(host, reason)
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #dueReason(host: Host): RecycleReason | undefined {
    const factor = this.#factorOf(host)
    const { executions, ageMs, residentShare } = this.#options
    if (host.sample.residentMb > host.residentLimitMb * residentShare) return 'memory'
    if (this.#hasDrifted(host)) return 'drift'
    if (host.executions > executions * factor) return 'executions'
    return monotonicMs() - host.bornAtMs > ageMs * factor ? 'age' : undefined
  }

  #hasDrifted(host: Host): boolean {
    const heldMb = host.report?.heldMb
    if (heldMb === undefined) return false
    const ownMb = host.sample.residentMb - heldMb
    const drift = this.#drifts.get(host) ?? { firstMb: ownMb, seen: 0 }
    this.#drifts.set(host, drift)
    if (host.runningCount > 0) return false
    drift.seen = ownMb > drift.firstMb + this.#options.driftMb ? drift.seen + 1 : 0
    return drift.seen >= driftChecks
  }

  #factorOf(host: Host): number {
    const factor = this.#factors.get(host) ?? 1 - jitter + Math.random() * 2 * jitter
    this.#factors.set(host, factor)
    return factor
  }
}
