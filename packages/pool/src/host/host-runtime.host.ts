import { Socket } from 'node:net'
import type { HostDriver, InvocationPort } from '../contract/engine.ts'
import type { LogEntry, Outcome } from '../contract/outcome.ts'
import { TurnoverMap } from '../util/turnover-map.ts'
import { Channel } from '../wire/channel.ts'
import { frameKinds, type Frame } from '../wire/frame.ts'
import { GcClock } from './gc-clock.host.ts'
import { HostCalls } from './host-calls.host.ts'
import { outcomeParts, parseInvoke, parseStreams, type BootMeta } from '../wire/messages.ts'
import { HostStreams } from './host-streams.host.ts'
import { StartRecord } from './start-record.host.ts'
import { streamFrames } from '../wire/stream-frames.ts'

/** Descriptor of the inherited pipe. Under the permission model a host may not connect anywhere itself. */
const pipeDescriptor = 3

export type CreateDriver = (config: unknown) => HostDriver | Promise<HostDriver>

interface Running {
  readonly controller: AbortController
  readonly streams: HostStreams | undefined
  begun: boolean
  recalled: boolean
}

/**
 * The main function of every host process: speaks the protocol on the inherited pipe and hands invocations to the driver. The process
 * ends when the pipe does, so a host never outlives its gateway.
 */
export function runHost(createDriver: CreateDriver): void {
  new HostRuntime(createDriver)
}

class HostRuntime {
  readonly #createDriver: CreateDriver
  readonly #channel: Channel
  readonly #calls: HostCalls
  readonly #draining = new AbortController()
  readonly #running = new TurnoverMap<number, Running>()
  readonly #gc = new GcClock()
  #driver: HostDriver | undefined
  #starts: StartRecord | undefined
  #idleScheduled = false
  #faulted = false

  constructor(createDriver: CreateDriver) {
    this.#createDriver = createDriver
    const socket = new Socket({ fd: pipeDescriptor })
    this.#channel = new Channel(socket, { frame: (frame) => this.#receive(frame), closed: () => endProcess() })
    this.#calls = new HostCalls(this.#channel)
    process.on('uncaughtException', (error) => this.#fault(error))
    process.on('unhandledRejection', (error) => this.#fault(error))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
  }

  #receive(frame: Frame): void {
    switch (frame.kind) {
      case frameKinds.boot:
        void this.#boot(frame.meta as BootMeta)
        return
      case frameKinds.invoke:
        void this.#invoke(frame)
        return
      case frameKinds.cancel:
        this.#running.get(frame.stream)?.controller.abort(frame.meta)
        return
      case frameKinds.recall:
        return this.#recall(frame.stream)
      case frameKinds.reply:
        this.#calls.receive(frame)
        return
      case frameKinds.drain:
        this.#draining.abort()
        return
      case frameKinds.ping:
        this.#channel.send(frameKinds.pong, 0, { ...this.#driver?.report(), gcMs: this.#gc.totalMs })
        return
      default:
        this.#receiveStream(frame)
    }
  }

  #recall(stream: number): void {
    const running = this.#running.get(stream)
    if (running === undefined || running.begun) return
    running.recalled = true
    running.controller.abort({ reason: 'recalled' })
  }

  #receiveStream(frame: Frame): void {
    if (!streamFrames.has(frame.kind)) return this.#fault(new Error(`frame of kind ${frame.kind} is not for a host`))
    // One that has settled meanwhile takes no frames any more.
    this.#running.get(frame.stream)?.streams?.receive(frame)
  }

  async #boot({ config, startsDescriptor }: BootMeta): Promise<void> {
    try {
      this.#starts = new StartRecord(startsDescriptor)
      this.#driver = await this.#createDriver(config)
      this.#driver.idle()
      this.#channel.send(frameKinds.ready, 0, { pid: process.pid })
    } catch (error) {
      this.#fault(error)
    }
  }

  async #invoke(frame: Frame): Promise<void> {
    // The process ends: what it does not start, the pool gives to another host.
    if (this.#faulted) return
    const driver = this.#driver
    if (driver === undefined) return this.#fault(new Error('an invocation came before the host was booted'))
    const streamsMeta = parseStreams(frame)
    const streams = streamsMeta && new HostStreams(this.#channel, frame.stream, streamsMeta)
    const running: Running = { controller: new AbortController(), streams, begun: false, recalled: false }
    this.#running.set(frame.stream, running)
    try {
      const outcome = await driver.invoke(parseInvoke(frame), this.#port(frame.stream, running))
      this.#answer(frame.stream, running, outcome)
    } catch (error) {
      this.#fault(error)
    } finally {
      this.#running.delete(frame.stream)
      streams?.close()
      this.#scheduleIdle(driver)
    }
  }

  #answer(stream: number, { begun, recalled }: Running, outcome: Outcome): void {
    if (recalled && !begun) return this.#channel.send(frameKinds.returned, stream)
    const { meta, body } = outcomeParts(outcome)
    this.#channel.send(frameKinds.outcome, stream, meta, body)
  }

  #port(stream: number, running: Running): InvocationPort {
    const { controller, streams } = running
    const send = this.#channel.send.bind(this.#channel)
    return {
      started: () => {
        running.begun = true
        this.#starts?.note(stream)
      },
      log: (entry: LogEntry) => send(frameKinds.log, stream, entry),
      logsTruncated: () => send(frameKinds.log, stream, { truncated: true }),
      parked: () => send(frameKinds.parked, stream),
      resumed: () => send(frameKinds.resumed, stream),
      call: (call, callSignal) => this.#calls.send(stream, call, callSignal),
      hung: (reason) => send(frameKinds.hung, stream, { reason }),
      signal: controller.signal,
      draining: this.#draining.signal,
      streams,
    }
  }

  /** Idle work starts after the outcome has left, and once for a burst. */
  #scheduleIdle(driver: HostDriver): void {
    if (this.#idleScheduled) return
    this.#idleScheduled = true
    setImmediate(() => {
      this.#idleScheduled = false
      driver.idle()
    })
  }

  /** A host that is wrong about anything ends; the pool replaces it. */
  #fault(error: unknown): void {
    this.#faulted = true
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#channel.send(frameKinds.fault, 0, { message: message.slice(0, 4_000) })
    setTimeout(endProcess, 20)
  }
}

/** `process.exit` waits for isolate threads, and a hung one never ends (laverdet/isolated-vm#451); SIGKILL does not wait. */
function endProcess(): void {
  process.kill(process.pid, 'SIGKILL')
}
