import { PoolError } from '../errors/pool-error.ts'
import type { KillReason } from '../supervisor/messages.ts'
import type { HostExit, Supervisor } from '../supervisor/supervisor.ts'
import { monotonicMs } from '../util/clock.ts'
import { BootPace } from './boot-pace.ts'
import { heartbeatMs } from './heartbeat.ts'
import type { FleetEvents, FleetOptions, HostEnd } from './fleet-options.ts'
import { Host } from './host.ts'
import type { HostOptions } from './host-options.ts'
import { silencePatience } from './panic-threshold.ts'

export interface ReplaceOptions {
  /** The host leaves as soon as another has joined. Default false: both take work for a while. */
  readonly atOnce?: boolean
  /** Called when it is over, or when the host is gone anyway. */
  readonly swapped?: () => void
}

const nothing = (): void => undefined

interface Replacing {
  readonly host: Host
  readonly overlapMs: number
  readonly swapped: () => void
  /** Set when another has joined the rotation beside it. */
  leaving?: NodeJS.Timeout
}

type GoneExit = HostExit & { readonly reason: KillReason }

/** Ends that the gateway wanted. */
const wanted: ReadonlySet<KillReason> = new Set(['retired', 'drained'])

/**
 * Keeps the wanted number of hosts alive. Some are in rotation, some stand by; a lost one is replaced from those at once. One that is to be
 * replaced goes in steps, so that a join, an end and a start do not fall on the same runs: another joins and both take work, it leaves, and
 * only after a rest the process starts that stands by next.
 */
export class Fleet {
  readonly #options: FleetOptions
  readonly #events: FleetEvents
  readonly #active = new Set<Host>()
  /** Booting, standing by, serving a single job, draining, or being killed. */
  readonly #others = new Set<Host>()
  readonly #singles = new Set<Host>()
  #supervisor: Supervisor | undefined
  #size: number
  readonly #pace: BootPace
  #replacing: Replacing | undefined
  /** Called when the current replacement is over. */
  readonly #waiting: (() => void)[] = []
  #extra = 0
  #heartbeat: NodeJS.Timeout | undefined
  #closed = false
  #firstFailure: ((error: Error) => void) | undefined
  #whole: (() => void) | undefined

  constructor(size: number, options: FleetOptions, events: FleetEvents) {
    this.#size = size
    this.#options = options
    this.#events = events
    this.#pace = new BootPace(options.crashBackoffMs, () => this.#fill())
  }

  /** Hosts in rotation. */
  get active(): ReadonlySet<Host> {
    return this.#active
  }

  get size(): number {
    return this.#size
  }

  get bootFailures(): number {
    return this.#pace.failures
  }

  get crashes(): number {
    return this.#pace.crashes
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
    this.#pace[Symbol.dispose]()
    clearInterval(this.#heartbeat)
    this.#endReplacing()
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

  /** Takes a host out of rotation when another has joined it. One at a time; says whether it began. */
  replace(host: Host, { atOnce = false, swapped = nothing }: ReplaceOptions = {}): boolean {
    if (this.#replacing !== undefined || !this.#active.has(host)) return false
    this.#replacing = { host, overlapMs: atOnce ? 0 : this.#options.overlapMs, swapped }
    this.#join()
    this.#fill()
    return true
  }

  /** Resolves when another host has taken its place, or when it is gone anyway. */
  async replaceAndWait(host: Host): Promise<void> {
    while (this.#active.has(host) && !this.#closed) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const current = this.#replacing
      if (current === undefined) this.replace(host, { swapped: resolve })
      else this.#waiting.push(resolve)
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
    this.#hurry()
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
    if (this.#closed || supervisor === undefined || this.#pace.isHeld) return
    const { spares, killGraceMs, bootTimeoutMs } = this.#options
    const replacement = this.#replacing !== undefined && spares === 0 ? 1 : 0
    const wanted = this.#size + spares + this.#extra + replacement
    const counted = [...this.#others].filter(
      (host) => (host.state === 'starting' || host.state === 'ready') && !this.#singles.has(host),
    )
    const unhurried = this.#pace.isCalm && this.#active.size >= this.#size && this.#extra === 0
    const options = { killGraceMs, bootTimeoutMs, unhurried }
    try {
      for (let missing = wanted - this.#active.size - counted.length; missing > 0; missing -= 1)
        this.#others.add(this.#boot(supervisor, { ...options, launch: this.#options.launch() }))
    } catch (error) {
      // No descriptor or no room for a file, which may pass: the hosts that are there go on.
      this.#bootFailed(error as Error)
    }
  }

  #boot(supervisor: Supervisor, options: HostOptions): Host {
    const host: Host = new Host(supervisor, options, {
      ready: () => this.#ready(),
      freed: () => this.#events.freed(),
      unstarted: (job) => this.#events.unstarted(job),
      returned: (job) => this.#events.returned(job),
      condemned: (reason) => this.#condemned(host, reason),
      gone: (exit) => this.#gone(host, exit),
      output: (output) => this.#events.output({ ...output, hostId: host.hostId, pid: host.pid }),
    })
    return host
  }

  #ready(): void {
    this.#pace.booted()
    this.#extra = 0
    this.#join()
    this.#promote()
  }

  /** The new host meets its first runs, which it is slow at, while the old one still takes some. */
  #join(): void {
    const replacing = this.#replacing
    const [next] = this.standby()
    if (replacing === undefined || replacing.leaving !== undefined || next === undefined) return
    this.#others.delete(next)
    this.#active.add(next)
    if (replacing.overlapMs === 0) return this.#leave(replacing)
    replacing.leaving = setTimeout(() => this.#leave(replacing), replacing.overlapMs)
    this.#events.freed()
  }

  /** Not when another was lost meanwhile: then it is needed. */
  #leave(replacing: Replacing): void {
    if (this.#active.size > this.#size) {
      this.#pace.rest(this.#options.restMs)
      this.#retire(replacing.host)
    }
    this.#endReplacing()
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
    if (this.#replacing?.host === host) this.#endReplacing()
    this.#events.killed(host, reason)
    if (this.#closed) return
    this.#promote()
    if (!host.wasReady) return
    if (!wanted.has(reason)) {
      this.#pace.crashed(monotonicMs() - host.bornAtMs)
      this.#pace.endRest()
    }
    if (this.#active.size < this.#size) this.#hurry()
    this.#fill()
  }

  /** What boots is waited for. */
  #hurry(): void {
    this.#pace.endRest()
    for (const host of this.#others) host.hurry()
  }

  #endReplacing(): void {
    const replacing = this.#replacing
    clearTimeout(replacing?.leaving)
    this.#replacing = undefined
    replacing?.swapped()
    for (const resolve of this.#waiting.splice(0)) resolve()
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
    this.#pace.bootFailed()
  }
}

function endOf({ hostId, bornAtMs }: Host, { code, signal, stderr, reason }: GoneExit): HostEnd {
  return { hostId, reason, code, signal, message: stderr.trim(), livedMs: monotonicMs() - bornAtMs }
}
