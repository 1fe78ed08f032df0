import { channel, type Channel } from 'node:diagnostics_channel'
import type { ProgramFault } from '../render/messages.ts'

/** A page that could not be shown as it should. */
export interface PageErrorEvent {
  readonly route: string
  readonly path: string
  readonly status: number
  /** What the page threw, with its stack; for operators only. */
  readonly fault: ProgramFault
}

export const pageErrors: Channel = channel('evenkeel:page:error')
