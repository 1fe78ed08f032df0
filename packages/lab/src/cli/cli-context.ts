import type { Clock } from '../util/clock.ts'

/** What a command may touch of the process. A test gives its own. */
export interface CliContext {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Results, for people or as JSON. */
  readonly stdout: OutputStream
  /** Progress, warnings and errors. */
  readonly stderr: OutputStream
  /** Aborts at the first Ctrl-C or termination request; the reason is the signal's name. */
  readonly signal: AbortSignal
  /** The time of `run` and `compare` in this process. Default: the system's clock. */
  readonly clock?: Clock
  /** Sets the exit code that the process ends with. */
  setExitCode(code: number): void
}

export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}
