import { frameKinds, type FrameKind } from './frame.ts'

/** Bytes of one direction of one stream that may be under way, unread, at one time. */
export const windowBytes: number = 256 * 1024

/** Largest body of one data frame: what one stream may hold the pipe for before another gets its turn. */
export const chunkBytes: number = 64 * 1024

/** Largest message; it is put together before it is handed over, so it is memory that one stream may take. */
export const maxMessageBytes: number = 16 * 1024 * 1024

const { data, end, reset, stop, credit } = frameKinds

/** Frames that belong to one direction of one stream; either side may send them. */
export const streamFrames: ReadonlySet<number> = new Set<number>([data, end, reset, stop, credit])

/** Counted for each frame beside its bytes, so that a flood of empty messages uses up its window too. */
const frameCostBytes = 64

/** What the body of a data frame is; the metadata of the frame. A chunk of a byte stream has none. */
export const dataFlags = { text: 1, binary: 2, part: 3 } as const
export type DataFlag = (typeof dataFlags)[keyof typeof dataFlags] | undefined

export function frameCost(bodyBytes: number): number {
  return bodyBytes + frameCostBytes
}

/** Why a stream was broken off, as the other side is told. */
export interface ResetMeta {
  readonly message: string
}

/** The pipe as one stream sees it. */
export interface StreamPort {
  send(kind: FrameKind, meta?: unknown, body?: Uint8Array): void
}
