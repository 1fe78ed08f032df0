/**
 * A frame on the pipe between gateway and host: payload length (u32, little endian), kind (u8), stream (u32), then the payload:
 * length of the metadata (u32), metadata as JSON, body as raw bytes. The body is never JSON, so a large one is copied, not parsed.
 */
export interface Frame {
  readonly kind: FrameKind
  /** The invocation it belongs to; 0 for the host itself. */
  readonly stream: number
  readonly meta: unknown
  readonly body: Buffer
}

/** Gateway to host up to 15, host to gateway from 16, both ways from 32. */
export const frameKinds = {
  boot: 1,
  invoke: 2,
  cancel: 3,
  ping: 4,
  reply: 5,
  /** The host takes no new work and ends when its programs have. */
  drain: 6,
  /** The invocation should come back if its program has not begun; its answer is `returned`, or none. */
  recall: 7,
  ready: 16,
  outcome: 17,
  log: 18,
  parked: 19,
  resumed: 20,
  hung: 21,
  pong: 22,
  fault: 23,
  call: 24,
  callCancel: 25,
  /** An invocation that was recalled: its program has not begun. */
  returned: 26,
  /** Head of a streamed answer. */
  head: 27,
  /** A piece of a stream; see `stream-frames.ts`. */
  data: 32,
  /** The sender has sent everything. */
  end: 33,
  /** The sender breaks off. */
  reset: 34,
  /** The receiver does not want more. */
  stop: 35,
  /** The receiver has read so many bytes. */
  credit: 36,
} as const

export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds]

export const frameHeaderBytes = 9

/** 1,000 bytes of metadata over the largest body the server accepts: code, input or output. */
export const maxFrameBytes: number = 64 * 1024 * 1024

const emptyBody: Buffer = Buffer.alloc(0)

export function encodeFrame(kind: FrameKind, stream: number, meta: unknown, body: Uint8Array = emptyBody): Buffer {
  const text = meta === undefined ? '' : JSON.stringify(meta)
  const metaBytes = Buffer.byteLength(text)
  const payloadBytes = 4 + metaBytes + body.byteLength
  const frame = Buffer.allocUnsafe(frameHeaderBytes + payloadBytes)
  frame.writeUInt32LE(payloadBytes, 0)
  frame.writeUInt8(kind, 4)
  frame.writeUInt32LE(stream, 5)
  frame.writeUInt32LE(metaBytes, frameHeaderBytes)
  frame.write(text, frameHeaderBytes + 4)
  frame.set(body, frameHeaderBytes + 4 + metaBytes)
  return frame
}
