/** Why the pool, not the program, put an end to an invocation. Clients, logs and metrics use these words. */
export type EndReason = 'wall' | 'cpu' | 'memory' | 'output' | 'host_lost' | 'cancelled' | 'drained' | 'stalled'

/** What an invocation used, as measured by its host. */
export interface Usage {
  /** From the start in the host to the settled value, in milliseconds. */
  readonly wallMs: number
  /** Processor time of the host while it ran this program, in milliseconds. */
  readonly cpuMs: number
  /** Heap in use when the program settled, buffers included, in bytes. Of short runs that reuse a context, every eighth is measured. */
  readonly peakHeapBytes: number
  /** `warm` when the heap was made ahead or used before. */
  readonly start: 'warm' | 'cold'
  /** Time to make the heap and the context, in milliseconds; 0 when they were made ahead. */
  readonly initMs: number
}

export const noUsage: Usage = Object.freeze({ wallMs: 0, cpuMs: 0, peakHeapBytes: 0, start: 'cold', initMs: 0 })

/** An error of the program itself: its syntax, what it threw, or a result that cannot be sent. */
export interface ProgramError {
  readonly kind: 'syntax' | 'thrown' | 'result'
  /** The JavaScript class, such as `TypeError`. */
  readonly type: string
  readonly message: string
  /** Position in the program as its author sees it; the first line and column are 1. */
  readonly line?: number
  readonly column?: number
  /** Frames of the program only. */
  readonly stack?: string
  readonly hint?: string
  /** The error's own `code`, such as that of a refused request. */
  readonly errorCode?: string
  readonly cause?: ProgramError
  /** Members of an aggregated error. */
  readonly errors?: readonly ProgramError[]
}

/** Something the author should know although the program did not fail. */
export interface Warning {
  readonly code: string
  readonly message: string
}

/** How an invocation came out of its host. The engine never throws for what a program does. */
export type Outcome =
  | { readonly status: 'ok'; readonly output: Uint8Array; readonly usage: Usage; readonly warnings: readonly Warning[] }
  | {
      readonly status: 'failed'
      readonly error: ProgramError
      readonly usage: Usage
      readonly warnings: readonly Warning[]
    }
  | { readonly status: 'ended'; readonly reason: EndReason; readonly detail: string; readonly usage: Usage }

/** One captured console call. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'log' | 'warn' | 'error'
  readonly message: string
  /** Since the start of the program, in milliseconds. */
  readonly atMs: number
}
