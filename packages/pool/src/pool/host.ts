import type { Socket } from 'node:net'
import type { HostReport } from '../contract/driver-report.ts'
import type { HostLaunch } from '../contract/engine.ts'
import type { EndReason } from '../contract/outcome.ts'
import type { HostPriority } from '../supervisor/priority.ts'
import type { KillReason, ProcessOutput } from '../supervisor/messages.ts'
import { neverMs } from '../supervisor/slots.ts'
import type { HostExit, Supervisor } from '../supervisor/supervisor.ts'
import { monotonicMs } from '../util/clock.ts'
import { RecentSet } from '../util/recent-set.ts'
import { Channel } from '../wire/channel.ts'
import { frameKinds, type Frame } from '../wire/frame.ts'
import { invokeParts, parseOutcome } from '../wire/messages.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Job } from './job.ts'
import { Placement } from './placement.ts'
import { RunningPlaces } from './running-places.ts'

/** `draining` takes no new work and ends when its jobs have; `condemned` is being killed. */
export type HostState = 'starting' | 'ready' | 'draining' | 'condemned' | 'gone'

export interface HostEvents {
  ready(host: Host): void
  /** A running place became free, or a job ended. */
  freed(host: Host): void
  /** The host takes no more work: it is being killed. */
  condemned(host: Host, reason: KillReason): void
  /** Lost with its host before its program started: it may run elsewhere. */
  unstarted(job: Job): void
  gone(host: Host, exit: HostExit & { readonly reason: KillReason }): void
  output(host: Host, output: ProcessOutput): void
}

export interface HostOptions {
  readonly launch: HostLaunch
  readonly killGraceMs: number
  readonly bootTimeoutMs: number
  readonly priority: HostPriority
}

/** Heaps that a host keeps for tenants; the engine's own number may differ, this one only steers dispatch. */
const rememberedTenants = 8

/** One host process as the gateway sees it: its state, the jobs it holds, and the deadline at which it is killed. */
export class Host {
  readonly bornAtMs: number = monotonicMs()
  readonly hostId: number
  readonly #supervisor: Supervisor
  readonly #options: HostOptions
  readonly #events: HostEvents
  readonly #slot: number
  readonly #placements = new Map<number, Placement>()
  readonly #warmTenants = new RecentSet<string>(rememberedTenants)
  readonly #running: RunningPlaces
  readonly #heartbeat: Heartbeat
  readonly #bootTimer: NodeJS.Timeout
  #drainTimer: NodeJS.Timeout | undefined
  #channel: Channel | undefined
  #state: HostState = 'starting'
  #killReason: KillReason | undefined
  #executions = 0
  #wasReady = false
  #fault: string | undefined
  #exit: HostExit | undefined
  #channelClosed = false

  constructor(supervisor: Supervisor, options: HostOptions, events: HostEvents) {
    this.#supervisor = supervisor
    this.#options = options
    this.#events = events
    const { launch } = options
    this.#running = new RunningPlaces(launch.concurrency ?? 1, options.priority)
    this.#heartbeat = new Heartbeat(launch.maxSilentMs)
    const spawned = supervisor.spawn(
      {
        command: process.execPath,
        args: [...launch.nodeFlags, launch.entry],
        env: launch.env,
        residentLimitMb: launch.residentMb,
        captureOutput: launch.captureOutput === true,
        descriptors: launch.descriptors ?? [],
      },
      {
        connected: (socket) => this.#connect(socket),
        killing: (reason) => this.#killing(reason),
        exited: (exit) => this.#exited(exit),
        output: (output) => events.output(this, output),
      },
    )
    this.hostId = spawned.hostId
    this.#slot = spawned.slot
    this.#bootTimer = setTimeout(() => this.kill('start'), options.bootTimeoutMs)
  }

  get state(): HostState {
    return this.#state
  }

  /** It has booted at least once; a host that never did died of its start. */
  get wasReady(): boolean {
    return this.#wasReady
  }

  get pid(): number | undefined {
    return this.#supervisor.pidOf(this.hostId)
  }

  /** Invocations it was given since it started. */
  get executions(): number {
    return this.#executions
  }

  get parkedCount(): number {
    return this.#placements.size - this.#running.taken
  }

  get jobCount(): number {
    return this.#placements.size
  }

  get runningCount(): number {
    return this.#running.taken
  }

  /** Fewer programs run in it than may; others may wait for I/O. */
  get hasRunningPlace(): boolean {
    return this.#state === 'ready' && this.#running.taken < this.#running.concurrency
  }

  /** What the engine said of itself at the last heartbeat. */
  get report(): HostReport | undefined {
    return this.#heartbeat.report
  }

  /** As sampled by the supervisor: resident memory, time on a processor, time waiting for one; and time in collections, as the host said last. */
  get sample(): { residentMb: number; cpuMs: number; runQueueWaitMs: number; gcMs: number } {
    const { slots } = this.#supervisor
    const slot = this.#slot
    return {
      residentMb: slots.read(slot, 'residentMb'),
      cpuMs: slots.read(slot, 'cpuMs'),
      runQueueWaitMs: slots.read(slot, 'runQueueWaitMs'),
      gcMs: this.report?.gcMs ?? 0,
    }
  }

  get residentLimitMb(): number {
    return this.#options.launch.residentMb
  }

  runningForMs(nowMs: number): number {
    return this.#running.runningForMs(nowMs)
  }

  runningJobs(): Job[] {
    return [...this.#placements.values()].filter(({ running }) => running).map(({ job }) => job)
  }

  isWarmFor(tenant: string): boolean {
    return this.#warmTenants.has(tenant)
  }

  holds(job: Job): boolean {
    return this.#placements.has(job.id)
  }

  dispatch(job: Job): void {
    const channel = this.#channel
    if (channel === undefined || this.#state !== 'ready') throw new Error(`dispatched to a host that is ${this.#state}`)
    const { limits, program, tenant, input, context = '{}', freshness = 'context' } = job.request
    job.start(this)
    this.#executions += 1
    this.#warmTenants.add(tenant)
    this.#placements.set(job.id, new Placement(job, channel, this.#options.killGraceMs))
    this.#running.take()
    this.#writeDeadline()
    const invocation = { id: job.id, tenant, program, input, context, limits, freshness }
    const { meta, body } = invokeParts(invocation, job.stream?.meta)
    channel.send(frameKinds.invoke, job.id, meta, body)
    job.stream?.attach(channel, job.id)
  }

  cancel(job: Job): void {
    this.#channel?.send(frameKinds.cancel, job.id, { reason: 'cancelled' })
  }

  /** Takes no new work; ends when its jobs have, or at the deadline. */
  drain(deadlineMs: number): void {
    if (this.#state !== 'ready') return
    this.#state = 'draining'
    if (this.#placements.size === 0) return this.kill('retired')
    this.announceDrain()
    this.#drainTimer = setTimeout(() => this.kill('drained'), deadlineMs)
  }

  /** Lets the others go first until its long run ends. */
  giveWay(): void {
    this.#running.giveWay(this.pid)
  }

  /** Tells the programs that they should come to an end. */
  announceDrain(): void {
    this.#channel?.send(frameKinds.drain, 0)
  }

  kill(reason: KillReason): void {
    this.#condemn(reason)
    this.#supervisor.kill(this.hostId, reason)
  }

  /** It did not answer to the last heartbeats for longer than it may. */
  get isSilent(): boolean {
    return this.#heartbeat.isSilent
  }

  /**
   * Asks whether the host's main thread turns; called at a fixed interval.
   *
   * @param patience how many times longer than usual it may be silent.
   */
  beat(patience: number): void {
    if (this.#state !== 'ready' && this.#state !== 'draining') return
    if (this.#heartbeat.ask(patience, this.sample.runQueueWaitMs) === 'silent') return this.kill('unresponsive')
    this.#channel?.send(frameKinds.ping, 0)
  }

  #connect(socket: Socket): void {
    if (this.#state !== 'starting') {
      socket.destroy()
      return
    }
    this.#channel = new Channel(socket, {
      frame: (frame) => this.#receive(frame),
      closed: (error) => this.#disconnected(error),
    })
    this.#channel.send(frameKinds.boot, 0, this.#options.launch.config)
  }

  #receive(frame: Frame): void {
    if (frame.stream === 0) return this.#receiveOwn(frame)
    const placement = this.#placements.get(frame.stream)
    // A frame of a job that was cancelled or settled meanwhile.
    if (placement === undefined) return
    this.#receiveOf(placement, frame)
  }

  #receiveOwn(frame: Frame): void {
    if (frame.kind === frameKinds.ready && this.#state === 'starting') {
      this.#state = 'ready'
      this.#wasReady = true
      clearTimeout(this.#bootTimer)
      this.#events.ready(this)
    } else if (frame.kind === frameKinds.pong) {
      this.#heartbeat.answered(frame.meta as HostReport)
    } else if (frame.kind === frameKinds.fault) {
      this.#fault = (frame.meta as { message: string }).message
      this.kill('protocol')
    }
  }

  #receiveOf(placement: Placement, frame: Frame): void {
    switch (frame.kind) {
      case frameKinds.started:
        placement.start()
        return this.#writeDeadline()
      case frameKinds.outcome:
        return this.#finish(placement, frame)
      case frameKinds.log:
        return placement.job.receiveLog(frame.meta)
      case frameKinds.call:
        void placement.calls.receive(frame)
        return
      case frameKinds.callCancel:
        return placement.calls.cancel(frame)
      case frameKinds.parked:
        if (placement.park()) this.#vacate()
        return
      case frameKinds.resumed:
        if (placement.resume()) this.#running.take()
        return
      case frameKinds.hung:
        return this.#hang(placement, (frame.meta as { reason: EndReason }).reason)
      default:
        if (placement.job.stream?.receive(frame) !== true) this.kill('protocol')
    }
  }

  #finish(placement: Placement, frame: Frame): void {
    const outcome = parseOutcome(frame)
    this.#placements.delete(placement.job.id)
    placement[Symbol.dispose]()
    this.#writeDeadline()
    placement.job.settle(outcome)
    if (placement.running) this.#vacate()
    if (this.#state === 'draining' && this.#placements.size === 0) this.kill('retired')
  }

  /** The program cannot be stopped from inside: the host leaves rotation now, and the supervisor kills it when its grace is over. */
  #hang(placement: Placement, reason: EndReason): void {
    placement.hang(reason)
    this.#writeDeadline()
    this.#condemn(reason === 'memory' ? 'memory' : 'wall')
  }

  #vacate(): void {
    this.#running.free()
    this.#events.freed(this)
  }

  #writeDeadline(): void {
    let earliestMs = neverMs
    for (const { deadlineMs } of this.#placements.values()) earliestMs = Math.min(earliestMs, deadlineMs)
    this.#supervisor.slots.write(this.#slot, 'killAtMs', earliestMs)
  }

  #condemn(reason: KillReason): void {
    if (this.#state === 'condemned' || this.#state === 'gone') return
    this.#stopTimers()
    this.#state = 'condemned'
    this.#killReason = reason
    this.#events.condemned(this, reason)
  }

  /** Who caused the kill is answered now: a large process takes long to be gone. What the others did is still in the pipe. */
  #killing(reason: KillReason): void {
    this.#condemn(reason)
    // The end of the pipe may be seen before the supervisor's word; that it was cut is then the effect, not the cause.
    if (this.#killReason === 'disconnected') this.#killReason = reason
    const nowMs = monotonicMs()
    for (const placement of this.#placements.values()) {
      if (placement.caused(this.#killReason, nowMs)) placement.job.settle(placement.lost(this.#killReason, nowMs))
    }
  }

  #disconnected(error: Error | undefined): void {
    this.#channelClosed = true
    if (this.#exit === undefined) this.kill(error === undefined ? 'disconnected' : 'protocol')
    else this.#gone(this.#exit)
  }

  /** What the host wrote before it died is read first: it says which programs had started. */
  #exited(exit: HostExit): void {
    this.#exit = exit
    this.#condemn('disconnected')
    if (this.#channel === undefined || this.#channelClosed) this.#gone(exit)
  }

  #gone(exit: HostExit): void {
    this.#condemn('disconnected')
    this.#state = 'gone'
    const nowMs = monotonicMs()
    const placements = [...this.#placements.values()]
    this.#placements.clear()
    this.#running.clear()
    for (const placement of placements) {
      placement[Symbol.dispose]()
      if (placement.started || !placement.job.replayable) placement.job.settle(placement.lost(this.#killReason, nowMs))
      else this.#events.unstarted(placement.job)
    }
    this.#events.gone(this, { ...exit, stderr: this.#fault ?? exit.stderr, reason: this.#killReason ?? 'disconnected' })
  }

  #stopTimers(): void {
    clearTimeout(this.#bootTimer)
    clearTimeout(this.#drainTimer)
  }
}
