import type { AppCounts } from './app-counts.ts'
import type { TlsFiles } from './host/app-host-options.ts'

/** What the gateway tells a runtime. */
export type ControlOrder =
  | { readonly type: 'publish'; readonly topic: string; readonly text?: string; readonly base64?: string }
  | { readonly type: 'counts'; readonly id: number }
  | { readonly type: 'tls'; readonly tls: TlsFiles }
  | { readonly type: 'scheduled'; readonly id: number; readonly cron: string; readonly scheduledTime: number }

/** What a runtime tells the gateway. */
export type ControlNews =
  | { readonly type: 'draining' }
  | { readonly type: 'publish'; readonly topic: string; readonly text?: string; readonly base64?: string }
  | { readonly type: 'counts'; readonly id: number; readonly counts: AppCounts }
  | { readonly type: 'scheduled'; readonly id: number; readonly error?: string }

/** A message of a WebSocket inside a control message. */
export function packMessage(message: string | Uint8Array): { readonly text: string } | { readonly base64: string } {
  return typeof message === 'string' ? { text: message } : { base64: Buffer.from(message).toString('base64') }
}

export function unpackMessage({
  text,
  base64,
}: {
  readonly text?: string
  readonly base64?: string
}): string | Uint8Array {
  return text ?? Buffer.from(base64 ?? '', 'base64')
}
