/** What one invocation may use. All limits are enforced outside the program. */
export interface Limits {
  /** From the start of the program to its settled value, in milliseconds. */
  readonly wallMs: number
  /** Processor time of the host process while it runs this program, in milliseconds. */
  readonly cpuMs: number
  /** Heap of the program, buffers included, in MiB. */
  readonly memoryMb: number
  /** Encoded output, in bytes. */
  readonly outputBytes: number
  /** Captured console text, in bytes. */
  readonly logBytes: number
  /** Calls to the service, such as requests to other hosts, in one invocation. */
  readonly hostCalls: number
}

/** What one host process may use, whatever its programs do. */
export interface HostLimits {
  /** Programs that may wait for I/O in the host at one time. */
  readonly parked: number
  /** Largest `Limits.memoryMb` an invocation in this host may ask for, in MiB. */
  readonly memoryMb: number
}

/**
 * How new the world is in which a program runs. `context`: new global and intrinsics, in an isolate that only this tenant used;
 * `isolate`: a new heap; `process`: a new host process; `reuse`: globals persist between invocations of one program.
 */
export type Freshness = 'context' | 'isolate' | 'process' | 'reuse'
