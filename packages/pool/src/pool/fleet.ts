import type { HostLaunch } from '../contract/engine.ts'
import { PoolError } from '../errors/pool-error.ts'
import { HostPriority } from '../supervisor/priority.ts'
import type { KillReason, ProcessOutput } from '../supervisor/messages.ts'
import type { HostExit, Supervisor } from '../supervisor/supervisor.ts'
import { monotonicMs } from '../util/clock.ts'
import { heartbeatMs } from './heartbeat.ts'
import { Host } from './host.ts'
import type { HostOptions } from './host-options.ts'
import type { Job } from './job.ts'
import { silencePatience } from './panic-threshold.ts'

export interface FleetOptions extends Omit<HostOptions, 'launch' | 'priority'> {
  readonly spares: number
  /** How long a host that is replaced may finish its jobs, in milliseconds. */
  readonly drainMs: number
  /** First wait before a host is replaced that ended by itself soon after its start, as the one before it did, in milliseconds. 0: none. */
  readonly crashBackoffMs: number
  /** Called for each host. */
  launch(): HostLaunch
}

/** What a host process has printed, when its launch captures it. */
export interface HostOutput extends ProcessOutput {
  readonly hostId: number
  readonly pid: number | undefined
}

/** A host process that took work and is gone. */
export interface HostEnd {
  readonly hostId: number
  /** Why it was killed; `disconnected` when it ended by itself, `protocol` when it gave up with an error that nothing caught. */
  readonly reason: KillReason
  readonly code: number | null
  readonly signal: string | null
  /** What it said last, such as the stack of an error that nothing caught. */
  readonly message: string
  /** From its start, in milliseconds. */
  readonly livedMs: number
}

export interface FleetEvents {
  /** There may be a place for a waiting job. */
  freed(): void
  unstarted(job: Job): void
  returned(job: Job): void
  killed(host: Host, reason: KillReason): void
  output(output: HostOutput): void
  ended(end: HostEnd): void
}

/** First wait after a host that died while booting, doubled up to the longest, in milliseconds. */
const firstBackoffMs = 100
const longestBackoffMs = 10_000

/** A host that lived this long has not crashed at its start, in milliseconds. */
const stableMs = 10_000
const longestCrashBackoffMs = 30_000

type GoneExit = HostExit & { readonly reason: KillReason }

/** Ends that the gateway wanted. */
const wanted: ReadonlySet<KillReason> = new Set(['retired', 'drained'])

/**
 * Keeps the wanted number of hosts alive. Some are in rotation, some stand by; a lost one is replaced from those at once, and one that
 * is to be replaced leaves only when another is ready to take its place.
 */
export class Fleet {
  readonly #options: FleetOptions
  readonly #events: FleetEvents
  readonly #active = new Set<Host>()
  /** Booting, standing by, serving a single job, draining, or being killed. */
  readonly #others = new Set<Host>()
  readonly #singles = new Set<Host>()
  readonly #priority = new HostPriority()
  #supervisor: Supervisor | undefined
  #size: number
  #replacing: { readonly host: Host; readonly swapped: () => void } | undefined
  #extra = 0
  #bootFailures = 0
  /** Hosts in a row that ended soon after their start. */
  #crashes = 0
  #holdUntilMs = 0
  #retry: NodeJS.Timeout | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #closed = false
  #firstFailure: ((error: Error) => void) | undefined
  #whole: (() => void) | undefined

  constructor(size: number, options: FleetOptions, events: FleetEvents) {
    this.#size = size
    this.#options = options
    this.#events = events
  }

  /** Hosts in rotation. */
  get active(): ReadonlySet<Host> {
    return this.#active
  }

  get size(): number {
    return this.#size
  }

  get bootFailures(): number {
    return this.#bootFailures
  }

  get crashes(): number {
    return this.#crashes
  }

  get replacing(): boolean {
    return this.#replacing !== undefined
  }

  /** Every process that is not gone. */
  get hosts(): readonly Host[] {
    return [...this.#active, ...this.#others]
  }

  /** Hosts that stand by, ready. */
  standby(): Host[] {
    return [...this.#others].filter((host) => host.state === 'ready' && !this.#singles.has(host))
  }

  /** No host is missing: neither in rotation nor among those that stand by. */
  get isWhole(): boolean {
    return this.#active.size >= this.#size && this.standby().length >= this.#options.spares
  }

  /** Resolves when all hosts of the rotation are ready. Rejects with `EK_POOL_START` when one dies while booting. */
  async start(): Promise<void> {
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
    await new Promise<void>((resolve, reject) => {
      this.#whole = resolve
      this.#firstFailure = reject
      this.#fill()
    })
    this.#firstFailure = undefined
  }

  /** From now on this supervisor starts the hosts. */
  adopt(supervisor: Supervisor): void {
    this.#supervisor = supervisor
    if (this.#heartbeat !== undefined) this.#fill()
  }

  /** Starts no host until there is a supervisor again. */
  suspend(): void {
    this.#supervisor = undefined
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retry)
    clearInterval(this.#heartbeat)
    this.#cancelReplacing()
  }

  /** Changes how many hosts are in rotation. Fewer: the ones with the least to do drain and end. */
  resize(size: number): void {
    this.#size = size
    const surplus = [...this.#active]
      .toSorted((first, second) => first.jobCount - second.jobCount)
      .slice(0, Math.max(0, this.#active.size - size))
    for (const host of surplus) this.#retire(host)
    this.#promote()
    this.#fill()
  }

  /** Takes a host out of rotation as soon as another can take its place. One at a time; says whether it began. */
  replace(host: Host, swapped: () => void = () => undefined): boolean {
    if (this.#replacing !== undefined || !this.#active.has(host)) return false
    this.#replacing = { host, swapped }
    this.#swap()
    this.#fill()
    return true
  }

  /** Resolves when another host has taken its place, or when it is gone anyway. */
  async replaceAndWait(host: Host): Promise<void> {
    while (this.#active.has(host) && !this.#closed) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const current = this.#replacing
      if (current === undefined) this.replace(host, resolve)
      else this.#replacing = { host: current.host, swapped: () => [current.swapped, resolve].forEach((each) => each()) }
      await promise
    }
  }

  /** The host serves one job only, and is replaced. */
  takeOut(host: Host): void {
    this.#singles.add(host)
    this.#fill()
  }

  retireSingle(host: Host): void {
    if (this.#singles.has(host)) host.kill('retired')
  }

  /** Hosts that stand by and never ran anything. */
  pristine(): Host[] {
    return this.standby().filter((host) => host.executions === 0)
  }

  /** Boots one host more than there are spares, for a job that waits for one that nobody used. */
  wantPristine(): void {
    if (this.#extra > 0 || [...this.#others].some((host) => host.state === 'starting')) return
    this.#extra = 1
    this.#fill()
  }

  #beat(): void {
    const { hosts } = this
    const patience = silencePatience(hosts.filter(({ isSilent }) => isSilent).length, hosts.length)
    for (const host of hosts) host.beat(patience)
  }

  #fill(): void {
    const supervisor = this.#supervisor
    if (this.#closed || supervisor === undefined || monotonicMs() < this.#holdUntilMs) return
    const { spares, killGraceMs, bootTimeoutMs } = this.#options
    const replacement = this.#replacing !== undefined && spares === 0 ? 1 : 0
    const wanted = this.#size + spares + this.#extra + replacement
    const counted = [...this.#others].filter(
      (host) => (host.state === 'starting' || host.state === 'ready') && !this.#singles.has(host),
    )
    const options = { killGraceMs, bootTimeoutMs, priority: this.#priority }
    try {
      for (let missing = wanted - this.#active.size - counted.length; missing > 0; missing -= 1)
        this.#others.add(this.#boot(supervisor, { ...options, launch: this.#options.launch() }))
    } catch (error) {
      // No descriptor or no room for a file, which may pass: the hosts that are there go on.
      this.#bootFailed(error as Error)
    }
  }

  #boot(supervisor: Supervisor, options: HostOptions): Host {
    return new Host(supervisor, options, {
      ready: () => this.#ready(),
      freed: () => this.#events.freed(),
      unstarted: (job) => this.#events.unstarted(job),
      returned: (job) => this.#events.returned(job),
      condemned: (lost, reason) => this.#condemned(lost, reason),
      gone: (lost, exit) => this.#gone(lost, exit),
      output: ({ hostId, pid }, output) => this.#events.output({ ...output, hostId, pid }),
    })
  }

  #ready(): void {
    this.#bootFailures = 0
    this.#extra = 0
    this.#swap()
    this.#promote()
  }

  #swap(): void {
    if (this.#replacing === undefined) return
    const [next] = this.standby()
    if (next === undefined) return
    const { host, swapped } = this.#replacing
    this.#replacing = undefined
    this.#others.delete(next)
    this.#active.add(next)
    this.#retire(host)
    swapped()
    this.#fill()
  }

  #retire(host: Host): void {
    this.#active.delete(host)
    this.#others.add(host)
    host.drain(this.#options.drainMs)
  }

  /** Those that stand by step in for hosts that are missing from rotation. */
  #promote(): void {
    for (const host of this.standby()) {
      if (this.#active.size >= this.#size) break
      this.#others.delete(host)
      this.#active.add(host)
    }
    if (this.#active.size >= this.#size) this.#whole?.()
    this.#events.freed()
  }

  #condemned(host: Host, reason: KillReason): void {
    if (this.#active.delete(host)) this.#others.add(host)
    if (this.#replacing?.host === host) this.#cancelReplacing()
    this.#events.killed(host, reason)
    if (this.#closed) return
    this.#promote()
    if (!host.wasReady) return
    this.#holdAfter(host, reason)
    this.#fill()
  }

  /** One crash is replaced at once; those that follow it closely wait longer and longer. */
  #holdAfter(host: Host, reason: KillReason): void {
    const { crashBackoffMs } = this.#options
    if (crashBackoffMs === 0 || wanted.has(reason)) return
    if (monotonicMs() - host.bornAtMs >= stableMs) this.#crashes = 0
    this.#crashes += 1
    if (this.#crashes === 1) return
    const waitMs = Math.min(longestCrashBackoffMs, crashBackoffMs * 2 ** (this.#crashes - 2))
    this.#holdUntilMs = monotonicMs() + waitMs
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#fill(), waitMs + 1)
  }

  #cancelReplacing(): void {
    const swapped = this.#replacing?.swapped
    this.#replacing = undefined
    swapped?.()
  }

  #gone(host: Host, exit: GoneExit): void {
    this.#others.delete(host)
    this.#singles.delete(host)
    if (host.wasReady) this.#events.ended(endOf(host, exit))
    if (this.#closed) return
    if (host.wasReady) this.#fill()
    else this.#bootFailed(this.#bootError(exit))
  }

  #bootError(exit: GoneExit): PoolError {
    const { bootTimeoutMs } = this.#options
    const late = exit.reason === 'start' ? `not ready after ${bootTimeoutMs / 1_000} s` : undefined
    const how = late ?? exit.signal ?? `code ${exit.code}`
    const said = exit.stderr.trim() || 'no output'
    return new PoolError('EK_POOL_START', `a host process ended while booting (${how}): ${said}`)
  }

  #bootFailed(error: Error): void {
    this.#firstFailure?.(error)
    const waitMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** this.#bootFailures)
    this.#bootFailures += 1
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#fill(), waitMs)
  }
}

function endOf({ hostId, bornAtMs }: Host, { code, signal, stderr, reason }: GoneExit): HostEnd {
  return { hostId, reason, code, signal, message: stderr.trim(), livedMs: monotonicMs() - bornAtMs }
}
