import type { Socket } from 'node:net'
import type { HostReport } from '../contract/driver-report.ts'
import type { EndReason } from '../contract/outcome.ts'
import type { KillReason } from '../supervisor/messages.ts'
import { HostPriority } from '../supervisor/priority.ts'
import type { HostExit, Supervisor } from '../supervisor/supervisor.ts'
import { monotonicMs } from '../util/clock.ts'
import { RecentSet } from '../util/recent-set.ts'
import { Channel } from '../wire/channel.ts'
import { frameKinds, type Frame } from '../wire/frame.ts'
import { bootMeta, invokeParts, parseOutcome } from '../wire/messages.ts'
import { Heartbeat } from './heartbeat.ts'
import { HostBoot } from './host-boot.ts'
import type { HostEvents, HostOptions, HostState } from './host-options.ts'
import { hostSample, type HostSample } from './host-sample.ts'
import type { Job } from './job.ts'
import { hasCrashed, type Placement } from './placement.ts'
import { Placements } from './placements.ts'
import { RunningPlaces } from './running-places.ts'
import { spawnOptions } from './spawn-options.ts'

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
  readonly #placements: Placements
  readonly #warmTenants = new RecentSet<string>(rememberedTenants)
  readonly #running: RunningPlaces
  readonly #heartbeat: Heartbeat
  readonly #boot: HostBoot
  #drainTimer: NodeJS.Timeout | undefined
  #channel: Channel | undefined
  #state: HostState = 'starting'
  #killReason: KillReason | undefined
  #wasReady = false
  #fault: string | undefined
  #exit: HostExit | undefined
  #channelClosed = false

  constructor(supervisor: Supervisor, options: HostOptions, events: HostEvents) {
    this.#supervisor = supervisor
    this.#options = options
    this.#events = events
    const { launch } = options
    const priority = new HostPriority(launch.nicerBy)
    this.#running = new RunningPlaces(launch.concurrency ?? 1, priority)
    this.#heartbeat = new Heartbeat(launch.maxSilentMs)
    this.#placements = new Placements(options.killGraceMs, (killAtMs) =>
      supervisor.slots.write(this.#slot, 'killAtMs', killAtMs),
    )
    const spawned = this.#spawn()
    this.hostId = spawned.hostId
    this.#slot = spawned.slot
    this.#boot = new HostBoot(priority, options.bootTimeoutMs, () => this.kill('start'))
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
    return this.#placements.kept
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

  /** All its programs run, and it may be given one more to go on with. */
  get hasPlaceAhead(): boolean {
    const { concurrency, taken } = this.#running
    return this.#state === 'ready' && taken >= concurrency && taken < concurrency + (this.#options.launch.ahead ?? 0)
  }

  /** It may hold what it has not begun. Programs that come back from waiting count, too. */
  get holdsAhead(): boolean {
    return (this.#options.launch.ahead ?? 0) > 0 && this.#running.taken > this.#running.concurrency
  }

  /** What the engine said of itself at the last heartbeat. */
  get report(): HostReport | undefined {
    return this.#heartbeat.report
  }

  get sample(): HostSample {
    return hostSample(this.#supervisor.slots, this.#slot, this.report?.gcMs ?? 0)
  }

  get residentLimitMb(): number {
    return this.#options.launch.residentMb
  }

  runningForMs(nowMs: number): number {
    return this.#running.runningForMs(nowMs)
  }

  runningJobs(): Job[] {
    return [...this.#placements].filter(({ running }) => running).map(({ job }) => job)
  }

  isWarmFor(tenant: string): boolean {
    return this.#warmTenants.has(tenant)
  }

  holds(job: Job): boolean {
    return this.#placements.get(job.id) !== undefined
  }

  dispatch(job: Job): void {
    const channel = this.#channel
    if (channel === undefined || this.#state !== 'ready') throw new Error(`dispatched to a host that is ${this.#state}`)
    job.start(this)
    this.#warmTenants.add(job.request.tenant)
    this.#placements.add(job, channel)
    this.#running.take()
    const { meta, body } = invokeParts(job.invocation(), job.stream?.meta)
    channel.send(frameKinds.invoke, job.id, meta, body)
    job.stream?.attach(channel, job.id)
  }

  /** Asks for the jobs back that wait behind its runs. */
  recallAhead(): void {
    for (const { job } of this.#placements.unbegun()) this.#channel?.send(frameKinds.recall, job.id)
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

  /** Lets the others go first until its long run ends, if that has used so much processor time: one that merely waits for a processor has not. */
  giveWay(usedCpuMs: number): void {
    const { cpuMs } = this.sample
    const used = this.runningJobs().some(({ place }) => place !== undefined && cpuMs - place.before.cpuMs >= usedCpuMs)
    if (used) this.#running.giveWay(this.pid, this.#placements.limitAtMs - monotonicMs())
  }

  /** Something waits for its boot. */
  hurry(): void {
    this.#boot.hurry()
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

  #spawn(): ReturnType<Supervisor['spawn']> {
    try {
      return this.#supervisor.spawn(spawnOptions(this.#options.launch, this.#placements.startsDescriptor), {
        connected: (socket) => this.#connect(socket),
        killing: (reason) => this.#killing(reason),
        exited: (exit) => this.#exited(exit),
        output: (output) => this.#events.output(output),
      })
    } catch (error) {
      this.#placements[Symbol.dispose]()
      throw error
    }
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
    const { launch, unhurried } = this.#options
    if (this.pid !== undefined) this.#boot.begin(this.pid, unhurried)
    this.#channel.send(frameKinds.boot, 0, bootMeta(launch))
  }

  #receive(frame: Frame): void {
    if (frame.stream === 0) return this.#receiveOwn(frame)
    const placement = this.#placements.get(frame.stream)
    // A frame of a job that was cancelled or settled meanwhile.
    if (placement === undefined) return
    if (frame.kind === frameKinds.returned) return this.#takeBack(placement)
    placement.start()
    this.#receiveOf(placement, frame)
  }

  #receiveOwn(frame: Frame): void {
    if (frame.kind === frameKinds.ready && this.#state === 'starting') {
      this.#state = 'ready'
      this.#wasReady = true
      this.#boot.done()
      this.#events.ready()
    } else if (frame.kind === frameKinds.pong) {
      this.#heartbeat.answered(frame.meta as HostReport)
    } else if (frame.kind === frameKinds.fault) {
      this.#fault = (frame.meta as { message: string }).message
      this.kill('protocol')
    }
  }

  #receiveOf(placement: Placement, frame: Frame): void {
    switch (frame.kind) {
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
        if (!placement.park()) return
        this.#letNextStart()
        return this.#vacate()
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
    this.#placements.remove(placement)
    this.#letNextStart()
    placement.job.settle(outcome)
    if (placement.running) this.#vacate()
    this.#endIfIdle()
  }

  #takeBack(placement: Placement): void {
    this.#placements.takeBack(placement)
    this.#running.giveBack()
    this.#events.returned(placement.job)
    this.#endIfIdle()
  }

  /** One that drains; and one that was given up and whose program ended all the same. */
  #endIfIdle(): void {
    if (this.#state !== 'ready' && this.#placements.size === 0) this.kill(this.#killReason ?? 'retired')
  }

  /** The program cannot be stopped from inside: the host leaves rotation now, and the supervisor kills it when its grace is over. */
  #hang(placement: Placement, reason: EndReason): void {
    placement.hang(reason)
    this.#placements.updateDeadline()
    this.#condemn(reason === 'memory' ? 'memory' : 'wall')
  }

  #letNextStart(): void {
    if (this.#running.taken > this.#running.concurrency) this.#placements.restartClocks()
  }

  #vacate(): void {
    this.#running.free()
    this.#events.freed()
  }

  #condemn(reason: KillReason): void {
    if (this.#state === 'condemned' || this.#state === 'gone') return
    this.#stopTimers()
    this.#state = 'condemned'
    this.#killReason = reason
    this.#events.condemned(reason)
  }

  /** Who caused the kill is answered now: a large process takes long to be gone. What the others did is still in the pipe. */
  #killing(reason: KillReason): void {
    this.#condemn(reason)
    // The end of the pipe may be seen before the supervisor's word; that it was cut is then the effect, not the cause.
    if (this.#killReason === 'disconnected') this.#killReason = reason
    this.#placements.settleCulprits(this.#killReason)
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
    this.#placements.noteStarts()
    const placements = [...this.#placements]
    this.#placements[Symbol.dispose]()
    this.#running.clear()
    for (const placement of placements) {
      placement.job.costHost ||= placement.isBlamed(this.#killReason, hasCrashed(this.#killReason, exit), nowMs)
      if (placement.started || !placement.job.replayable) placement.job.settle(placement.lost(this.#killReason, nowMs))
      else this.#events.unstarted(placement.job)
    }
    this.#events.gone({ ...exit, stderr: this.#fault ?? exit.stderr, reason: this.#killReason ?? 'disconnected' })
  }

  #stopTimers(): void {
    this.#boot.forget()
    clearTimeout(this.#drainTimer)
  }
}
