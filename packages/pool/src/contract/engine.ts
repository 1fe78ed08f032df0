import type { DriverReport } from './driver-report.ts'
import type { Freshness, HostLimits, Limits } from './limits.ts'
import type { LogEntry, Outcome } from './outcome.ts'
import type { InvocationStreams } from './streams.ts'

/**
 * The contract of an engine. Its gateway half says how to boot a host process; its host half, a {@link HostDriver}, runs programs
 * there. The pool owns processes, the wire, deadlines and kills, so an engine holds nothing that a SIGKILL of the host could lose.
 */
export interface Engine {
  /** Short and stable; a label in metrics. */
  readonly name: string
  readonly freshness: readonly Freshness[]
  /** Whether its programs can stream. Default false: `pool.open` throws. */
  readonly streams?: boolean
  /** Called once for each host. Must not start anything itself. */
  launch(limits: HostLimits): HostLaunch
}

/** How the supervisor starts one host process. */
export interface HostLaunch {
  /** Absolute path of the module that calls `runHost`. */
  readonly entry: string
  /** Flags of the `node` command before the entry. */
  readonly nodeFlags: readonly string[]
  /** Whole environment of the process. */
  readonly env: Readonly<Record<string, string>>
  /** Passed to the driver; must survive JSON. */
  readonly config: unknown
  /** Resident memory at which the supervisor kills the process, in MiB. */
  readonly residentMb: number
  /** Programs that run in the process at one time, not counting parked ones. Default 1. */
  readonly concurrency?: number
  /**
   * Invocations that the process may be given beyond those that run, so that it need not wait for the next. A driver that is given them
   * must let one that waits end at once when its `signal` aborts, also while another program runs. Default 0.
   */
  readonly ahead?: number
  /**
   * How much nicer (`nice`) the process is than this one when it has booted, 0 to 19: what this one has to say then does not wait for programs that compute. Default 0.
   */
  readonly nicerBy?: number
  /** How long its event loop may be blocked before it is killed, in milliseconds. Default 1500: programs run on other threads. */
  readonly maxSilentMs?: number
  /** Descriptors of this process, such as of a bound socket, that the process inherits as 4, 5, … They stay open here. Default none. */
  readonly descriptors?: readonly number[]
  /** Whether what the process prints goes to the pool's `onHostOutput`. Default false: what it prints is dropped. */
  readonly captureOutput?: boolean
}

/** Code to run, and what the engine needs to know to run it. Equal ids mean equal programs. */
export interface Program {
  readonly id: string
  /** Understood by the engine, such as the form and language of a block. Must survive JSON. */
  readonly options: Readonly<Record<string, string>>
  readonly source: string
}

/** One call of a program. */
export interface Invocation {
  readonly id: number
  /** Two invocations of different tenants never share a heap, even in turn. */
  readonly tenant: string
  readonly program: Program
  /** JSON text. */
  readonly input: string
  /** What the program may know of its run besides the input, such as its id and environment. A JSON object. */
  readonly context: string
  readonly limits: Limits
  readonly freshness: Freshness
}

/** A call from a program to the service that runs it, such as a request to another host. */
export interface HostCall {
  readonly name: string
  /** Must survive JSON. */
  readonly meta: unknown
  readonly body: Uint8Array
}

/** The answer of the service. A call that fails rejects with a message that is fit for the program. */
export interface HostReply {
  readonly meta: unknown
  readonly body: Uint8Array
  /** The answer goes on: the program may make one more call of this name, which does not count against its limit. */
  readonly followUp?: string
}

/** What a driver may tell the pool while an invocation goes on. */
export interface InvocationPort {
  /** Called once, right before the first instruction of the program: from here on it must not be run again. Its clock starts. */
  started(): void
  log(entry: LogEntry): void
  /** Console text was cut at the limit. */
  logsTruncated(): void
  /** The program waits for something outside: its running place is free. */
  parked(): void
  /** The program runs again. */
  resumed(): void
  /** The program outlives its limits and cannot be stopped from inside the process: only a kill is left. */
  hung(reason: 'wall' | 'cpu' | 'memory'): void
  /** Asks the service. Rejects when the service refuses, the call limit is reached, or `signal` aborts. Ends with the invocation. */
  call(call: HostCall, signal: AbortSignal): Promise<HostReply>
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal
  /** Aborted when the host takes no new work: what has no end of its own, such as a WebSocket, should come to one. */
  readonly draining: AbortSignal
  /** Present when the invocation was opened as a stream. */
  readonly streams: InvocationStreams | undefined
}

/** The host half of an engine. */
export interface HostDriver {
  /**
   * Runs a program to its outcome. Concurrent calls happen when earlier ones are parked, or when the launch allows several.
   * Never rejects for what a program does; a rejection is a fault of the host and ends it.
   */
  invoke(invocation: Invocation, port: InvocationPort): Promise<Outcome>
  /** Idle-time work, such as making contexts ahead. Called when nothing runs; must return within a few milliseconds. */
  idle(): void
  /** Heaps and contexts held, for metrics and tests. */
  report(): DriverReport
}
