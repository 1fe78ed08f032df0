import type { AppCounts } from './app-counts.ts'
import type { TlsFiles } from './host/app-host-options.ts'

/** A message of a WebSocket: one of the two is there. */
interface PackedMessage {
  readonly text?: string
  readonly base64?: string
}

/** To all who listen to a topic, in whichever runtime. */
interface Publication extends PackedMessage {
  readonly type: 'publish'
  readonly topic: string
  readonly id: string
}

/** What an app is to forget of what it keeps; everything when no names are given. */
export interface KeptNames {
  readonly tags?: readonly string[]
  readonly paths?: readonly string[]
}

/** Where requests go that compute for long, and which do; without routes there are none any more. */
export interface LaneOrder {
  readonly sockets: readonly string[]
  readonly routes: readonly string[]
}

/** What the gateway tells a runtime. */
export type ControlOrder =
  | Publication
  | { readonly type: 'counts'; readonly id: number }
  /** How many it has that carry requests. */
  | { readonly type: 'connections'; readonly id: number }
  /** Ends as many with their next answers. */
  | { readonly type: 'give'; readonly connections: number }
  /** Answered when the event loop turns. */
  | { readonly type: 'turn'; readonly id: number }
  | { readonly type: 'tls'; readonly tls: TlsFiles }
  | ({ readonly type: 'lane'; readonly id: number } & LaneOrder)
  | ({ readonly type: 'purge'; readonly id: number } & KeptNames)
  | { readonly type: 'scheduled'; readonly id: number; readonly cron: string; readonly scheduledTime: number }

/** What a runtime tells the gateway. */
export type ControlNews =
  | { readonly type: 'draining' }
  /** It has more connections than when it said so last. */
  | { readonly type: 'connected' }
  | Publication
  /** Requests of this route compute for long. */
  | { readonly type: 'long'; readonly route: string }
  | { readonly type: 'counts'; readonly id: number; readonly counts: AppCounts }
  | { readonly type: 'turn'; readonly id: number }
  /** No request that it has passed on is under way at a runtime that was not named. */
  | { readonly type: 'lane'; readonly id: number }
  | { readonly type: 'connections'; readonly id: number; readonly count: number }
  | { readonly type: 'purge'; readonly id: number; readonly purged: number }
  | { readonly type: 'scheduled'; readonly id: number; readonly error?: string }

/** A message of a WebSocket inside a control message. */
export function packMessage(message: string | Uint8Array): { readonly text: string } | { readonly base64: string } {
  return typeof message === 'string' ? { text: message } : { base64: Buffer.from(message).toString('base64') }
}

export function unpackMessage({ text, base64 }: PackedMessage): string | Uint8Array {
  return text ?? Buffer.from(base64 ?? '', 'base64')
}
