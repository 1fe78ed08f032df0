import type { KillReason } from '../supervisor/messages.ts'
import { Supervisor } from '../supervisor/supervisor.ts'
import { poolChannels } from '../telemetry/channels.ts'
import { monotonicMs } from '../util/clock.ts'
import { Fleet } from './fleet.ts'
import type { Host } from './host.ts'
import type { Job } from './job.ts'
import type { ResolvedPoolOptions } from './options.ts'
import { Recycler, recyclePace } from './recycler.ts'
import { Resizer } from './resizer.ts'

export interface MachineryEvents {
  /** There may be a place for a waiting job. */
  freed(): void
  /** Lost with its host before its program started. */
  unstarted(job: Job): void
  /** Came back unbegun from a host that is busy. */
  returned(job: Job): void
  /** How long the job at the head of the queue has waited, in milliseconds. */
  queueDelayMs(): number
}

/** `restarting`: without a supervisor for a moment, work waits. `lost`: for good. */
export type MachineryState = 'starting' | 'running' | 'restarting' | 'lost' | 'closed'

const tickMs = 1_000

/** How often recycling limits are compared, in milliseconds. */
const recycleCheckMs = 500

/** The thread that starts hosts was lost this often in a row: the machine is broken, and starting it again does not mend it. */
const maxRestarts = 5

/** Everything under a pool that keeps hosts alive: the supervisor, the fleet, recycling and resizing. */
export class Machinery {
  readonly fleet: Fleet
  readonly #options: ResolvedPoolOptions
  readonly #events: MachineryEvents
  readonly #resizer: Resizer
  #supervisor: Supervisor | undefined
  #recycler: Recycler | undefined
  #ticking: NodeJS.Timeout | undefined
  #waitsMs: number[] = []
  #restarts = 0
  #state: MachineryState = 'starting'
  #restarting: Promise<void> | undefined

  constructor(options: ResolvedPoolOptions, events: MachineryEvents) {
    this.#options = options
    this.#events = events
    const {
      hosts,
      minHosts,
      spares,
      killGraceMs,
      bootTimeoutMs,
      drainMs,
      engine,
      maxParked,
      maxMemoryMb,
      queueTargetMs,
      crashBackoffMs,
      recycle,
    } = options
    const { overlapMs, restMs } = { ...recyclePace, ...recycle }
    const limits = { parked: maxParked, memoryMb: maxMemoryMb }
    const fleetOptions = {
      spares,
      killGraceMs,
      bootTimeoutMs,
      drainMs,
      crashBackoffMs,
      overlapMs,
      restMs,
      launch: () => engine.launch(limits),
    }
    this.fleet = new Fleet(hosts, fleetOptions, {
      freed: () => events.freed(),
      unstarted: (job) => events.unstarted(job),
      returned: (job) => events.returned(job),
      killed: (host, reason) => this.#killed(host, reason),
      output: (output) => options.onHostOutput(output),
      ended: (end) => options.onHostEnd(end),
    })
    const targetMs = queueTargetMs / 4
    this.#resizer = new Resizer({ minHosts, maxHosts: hosts, targetMs, growAfterMs: 2_000, shrinkAfterMs: 60_000 })
  }

  get state(): MachineryState {
    return this.#state
  }

  async start(): Promise<void> {
    await this.#startSupervisor()
    const hooks = {
      everyMs: recycleCheckMs,
      queueIsLate: () => this.#events.queueDelayMs() > this.#options.queueTargetMs,
      recycled: ({ hostId }: Host, reason: string) =>
        poolChannels.recycle.publish({ pool: this.#options.name, hostId, reason }),
    }
    this.#recycler = new Recycler(this.fleet, this.#options.recycle, hooks)
    this.#ticking = setInterval(() => this.#tick(), tickMs)
    await this.fleet.start()
    this.#state = 'running'
  }

  async close(): Promise<void> {
    this.#state = 'closed'
    this.fleet.close()
    this.#recycler?.[Symbol.dispose]()
    clearInterval(this.#ticking)
    await this.#restarting
    await this.#supervisor?.[Symbol.asyncDispose]()
  }

  hostOf(job: Job): Host | undefined {
    return this.fleet.hosts.find((host) => host.holds(job))
  }

  observeWait(waitMs: number): void {
    this.#waitsMs.push(waitMs)
  }

  async recycleAll(): Promise<void> {
    const hosts = [...this.fleet.active]
    for (const host of hosts) await this.fleet.replaceAndWait(host)
  }

  async #startSupervisor(): Promise<void> {
    const { hosts, spares, sampleEveryMs } = this.#options
    const capacity = (hosts + spares) * 3 + 8
    this.#supervisor = await Supervisor.start({ capacity, sampleEveryMs, lost: (error) => this.#lost(error) })
    this.fleet.adopt(this.#supervisor)
  }

  /** All hosts were killed with the thread. A new thread starts new hosts; what waits in the queue goes on waiting. */
  #lost(error: Error): void {
    if (this.#state === 'closed') return
    this.#state = 'restarting'
    this.fleet.suspend()
    poolChannels.supervisor.publish({ pool: this.#options.name, message: error.message })
    process.emitWarning(`Evenkeel's supervisor thread was lost and is started again: ${error.message}`, {
      code: 'EK_POOL_START',
    })
    this.#restarts += 1
    if (this.#restarts > maxRestarts) this.#state = 'lost'
    else this.#restarting = this.#restart()
  }

  async #restart(): Promise<void> {
    try {
      await this.#startSupervisor()
      if (this.#state === 'restarting') this.#state = 'running'
    } catch (error) {
      process.emitWarning(error as Error)
      if (this.#state === 'restarting') this.#state = 'lost'
    }
  }

  #killed({ hostId }: Host, reason: KillReason): void {
    poolChannels.kill.publish({ pool: this.#options.name, hostId, reason })
  }

  /** Looks at the load once a second; a second without loss forgives an earlier one. */
  #tick(): void {
    if (this.#state === 'running') this.#restarts = 0
    const waits = this.#waitsMs.toSorted((first, second) => first - second)
    this.#waitsMs = []
    const waitP90Ms = Math.max(waits[Math.floor(waits.length * 0.9)] ?? 0, this.#events.queueDelayMs())
    const active = [...this.fleet.active]
    const taken = active.filter((host) => !host.hasRunningPlace).length
    const utilisation =
      active.length === 0 ? 1 : Math.max(taken / active.length, waits.length > 0 ? this.#busyShare(active) : 0)
    this.#resizer.observe({ nowMs: monotonicMs(), waitP90Ms, utilisation }, this.fleet)
  }

  readonly #cpuSeen = new WeakMap<Host, number>()

  /** Share of the second that the hosts' threads were on a processor. */
  #busyShare(active: readonly Host[]): number {
    let usedMs = 0
    for (const host of active) {
      const { cpuMs } = host.sample
      usedMs += cpuMs - (this.#cpuSeen.get(host) ?? cpuMs)
      this.#cpuSeen.set(host, cpuMs)
    }
    return Math.min(1, usedMs / (active.length * tickMs))
  }
}
