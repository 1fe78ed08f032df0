import { channel, type Channel } from 'node:diagnostics_channel'
import type { GateState } from '../delivery/retry-gate.ts'
import type { SealTrigger } from '../destination/collector.ts'
import type { DropReason } from '../destination/ledger.ts'

/** A batch left the buffer. */
export interface SealedMessage {
  readonly transport: string
  readonly trigger: SealTrigger
  readonly count: number
  readonly bytes: number
}

/** An attempt ended. */
export interface SentMessage {
  readonly transport: string
  readonly batchId: string
  readonly status: string
  readonly count: number
  readonly bytes: number
  readonly attempt: number
  readonly tookMs: number
  readonly cause: unknown
}

/** Events were lost, by the reason that the books name. */
export interface DroppedMessage {
  readonly transport: string
  readonly reason: DropReason
  readonly count: number
}

export interface GateMessage {
  readonly transport: string
  readonly state: GateState
}

/** Every diagnostics channel of this package. The value type of each is in its name. */
export const channels: {
  readonly sealed: Channel
  readonly sent: Channel
  readonly dropped: Channel
  readonly gate: Channel
} = {
  /** `SealedMessage` */
  sealed: channel('evenkeel:batch:sealed'),
  /** `SentMessage` */
  sent: channel('evenkeel:batch:sent'),
  /** `DroppedMessage` */
  dropped: channel('evenkeel:batch:dropped'),
  /** `GateMessage` */
  gate: channel('evenkeel:batch:gate'),
}
