import { Buffer } from 'node:buffer'
import { crc32 } from 'node:zlib'

/**
 * One record of a segment file: `magic | body length | crc32 of the body | body`, integers big-endian, 32 bits.
 * The body is `length of meta | meta as JSON | end offset of each event | events`, or only meta for an acknowledgement.
 */
export interface EventsFrame {
  readonly kind: 'events'
  readonly batchId: string
  readonly key: string | undefined
  /** Index in its batch of the first event of this frame: a batch may lie in several frames. */
  readonly from: number
  readonly ids: readonly string[] | undefined
  readonly ends: readonly number[]
  readonly bytes: Buffer
}

/** The batches named here are settled and not to be sent again. */
interface AckFrame {
  readonly kind: 'ack'
  readonly batchIds: readonly string[]
}

export type Frame = EventsFrame | AckFrame

const frameHeaderBytes = 12
const magic = Buffer.from('EKBF')

export function encodeFrame(frame: Frame): Buffer {
  const meta = Buffer.from(JSON.stringify(metaOf(frame)))
  const ends = frame.kind === 'events' ? encodeEnds(frame.ends) : Buffer.alloc(0)
  const events = frame.kind === 'events' ? frame.bytes : Buffer.alloc(0)
  const bodyBytes = 4 + meta.length + ends.length + events.length
  const encoded = Buffer.allocUnsafe(frameHeaderBytes + bodyBytes)
  magic.copy(encoded)
  encoded.writeUInt32BE(bodyBytes, 4)
  encoded.writeUInt32BE(meta.length, frameHeaderBytes)
  let offset = frameHeaderBytes + 4
  for (const piece of [meta, ends, events]) offset += piece.copy(encoded, offset)
  encoded.writeUInt32BE(crc32(encoded.subarray(frameHeaderBytes)), 8)
  return encoded
}

export interface FoundFrame {
  readonly frame: Frame
  readonly offset: number
  readonly length: number
}

/** Bytes of a segment that hold no frame. `torn` is a tail whose write did not finish, which a crash leaves behind. */
export interface BadRange {
  readonly offset: number
  readonly length: number
  readonly torn: boolean
}

/** Every frame of a segment that can be read, whatever lies between. */
export function scanFrames(segment: Buffer): { readonly frames: FoundFrame[]; readonly bad: BadRange[] } {
  const frames: FoundFrame[] = []
  const bad: BadRange[] = []
  let offset = 0
  while (offset < segment.length) {
    const found = decodeFrameAt(segment, offset)
    if (found !== undefined) {
      frames.push(found)
      offset += found.length
      continue
    }
    const next = nextFrameOffset(segment, offset + 1)
    bad.push({ offset, length: next - offset, torn: next === segment.length && isTorn(segment, offset) })
    offset = next
  }
  return { frames, bad }
}

/** `undefined` when no whole frame with a right checksum starts at `offset`. */
export function decodeFrameAt(segment: Buffer, offset: number): FoundFrame | undefined {
  if (offset + frameHeaderBytes + 4 > segment.length) return undefined
  if (!segment.subarray(offset, offset + 4).equals(magic)) return undefined
  const bodyStart = offset + frameHeaderBytes
  const bodyEnd = bodyStart + segment.readUInt32BE(offset + 4)
  if (bodyEnd > segment.length || bodyEnd < bodyStart + 4) return undefined
  const body = segment.subarray(bodyStart, bodyEnd)
  if (crc32(body) !== segment.readUInt32BE(offset + 8)) return undefined
  const frame = decodeBody(body)
  return frame === undefined ? undefined : { frame, offset, length: frameHeaderBytes + body.length }
}

interface Meta {
  readonly id?: string
  readonly key?: string
  readonly from?: number
  readonly count?: number
  readonly ids?: readonly string[]
  readonly ack?: readonly string[]
}

function metaOf(frame: Frame): Meta {
  if (frame.kind === 'ack') return { ack: frame.batchIds }
  const { batchId, key, from, ids, ends } = frame
  return {
    id: batchId,
    ...(key === undefined ? {} : { key }),
    from,
    count: ends.length,
    ...(ids === undefined ? {} : { ids }),
  }
}

function encodeEnds(ends: readonly number[]): Buffer {
  const encoded = Buffer.allocUnsafe(ends.length * 4)
  for (const [index, end] of ends.entries()) encoded.writeUInt32BE(end, index * 4)
  return encoded
}

function decodeBody(body: Buffer): Frame | undefined {
  const metaEnd = 4 + body.readUInt32BE(0)
  if (metaEnd > body.length) return undefined
  const meta = parseMeta(body.toString('utf8', 4, metaEnd))
  if (meta === undefined) return undefined
  if (meta.ack !== undefined) return { kind: 'ack', batchIds: meta.ack }
  const { id, key, from = 0, count = 0, ids } = meta
  const eventsStart = metaEnd + count * 4
  if (id === undefined || eventsStart > body.length) return undefined
  const ends = Array.from({ length: count }, (_, index) => body.readUInt32BE(metaEnd + index * 4))
  return { kind: 'events', batchId: id, key, from, ids, ends, bytes: body.subarray(eventsStart) }
}

function parseMeta(text: string): Meta | undefined {
  try {
    return JSON.parse(text) as Meta
  } catch {
    return undefined
  }
}

function nextFrameOffset(segment: Buffer, start: number): number {
  for (let at = segment.indexOf(magic, start); at !== -1; at = segment.indexOf(magic, at + 1)) {
    if (decodeFrameAt(segment, at) !== undefined) return at
  }
  return segment.length
}

/** A frame that was cut off: its header is missing or promises more bytes than there are. */
function isTorn(segment: Buffer, offset: number): boolean {
  if (segment.length - offset < frameHeaderBytes) return true
  const hasMagic = segment.subarray(offset, offset + 4).equals(magic)
  return hasMagic && offset + frameHeaderBytes + segment.readUInt32BE(offset + 4) > segment.length
}
