/** A file that a host writes to, and which may not grow. */
export interface SharedRecord {
  /** Of the gateway's. */
  readonly descriptor: number
  readonly bytes: number
}

/** What the gateway asks of the supervisor thread. */
export type SupervisorRequest =
  | {
      readonly type: 'spawn'
      readonly hostId: number
      readonly slot: number
      readonly command: string
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
      readonly token: string
      readonly captureOutput: boolean
      readonly descriptors: readonly number[]
      readonly record: SharedRecord
    }
  | { readonly type: 'kill'; readonly hostId: number; readonly reason: KillReason }
  | { readonly type: 'stop' }

/** Why a process was killed, in the words of `EndReason`, and others that concern no invocation. */
export type KillReason =
  | 'wall'
  | 'memory'
  | 'cpu'
  | 'protocol'
  | 'disconnected'
  | 'unresponsive'
  | 'drained'
  | 'retired'
  | 'start'

/** What the supervisor thread tells the gateway. */
export type SupervisorEvent =
  | { readonly type: 'spawned'; readonly hostId: number; readonly pid: number }
  | { readonly type: 'killing'; readonly hostId: number; readonly reason: KillReason }
  | {
      readonly type: 'exited'
      readonly hostId: number
      readonly code: number | null
      readonly signal: string | null
      readonly stderr: string
    }
  | { readonly type: 'output'; readonly hostId: number; readonly output: ProcessOutput }
  | { readonly type: 'failed'; readonly hostId: number; readonly message: string }
  | { readonly type: 'stopped' }

/** What a process printed. */
export interface ProcessOutput {
  readonly stream: 'stdout' | 'stderr'
  /** Whole lines, without their ends; empty ones are left out, and long ones are cut. */
  readonly lines: readonly string[]
  /** Text that was dropped since the output before, because there was too much of it, in characters. */
  readonly droppedChars: number
}

export interface SupervisorData {
  readonly slots: SharedArrayBuffer
  readonly socketPath: string
  readonly sampleEveryMs: number
}
