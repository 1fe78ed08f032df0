import { PoolError } from '../errors/pool-error.ts'
import { frameHeaderBytes, frameKinds, maxFrameBytes, type Frame, type FrameKind } from './frame.ts'

const knownKinds: ReadonlySet<number> = new Set(Object.values(frameKinds))

/**
 * Cuts a byte stream into frames. Whatever arrives that is not a frame throws `EK_POOL_PROTOCOL`; the caller then kills the peer,
 * because nothing after garbage can be trusted.
 */
export class FrameReader {
  #chunks: Buffer[] = []
  #bytes = 0

  /** Frames completed by this chunk. Bodies are views of the received bytes. */
  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const frames: Frame[] = []
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): Frame | undefined {
    if (this.#bytes < frameHeaderBytes) return undefined
    const header = this.#peek(frameHeaderBytes)
    const payloadBytes = header.readUInt32LE(0)
    if (payloadBytes < 4 || payloadBytes > maxFrameBytes) throw protocolError(`frame of ${payloadBytes} bytes`)
    const kind = header.readUInt8(4)
    if (!knownKinds.has(kind)) throw protocolError(`frame of unknown kind ${kind}`)
    if (this.#bytes < frameHeaderBytes + payloadBytes) return undefined
    const bytes = this.#take(frameHeaderBytes + payloadBytes)
    return parseFrame(kind as FrameKind, bytes)
  }

  /** The first bytes in one piece, joining chunks only when a header or frame spans them. */
  #peek(length: number): Buffer {
    const first = this.#chunks[0]
    if (first !== undefined && first.length >= length) return first
    const joined = Buffer.concat(this.#chunks)
    this.#chunks = [joined]
    return joined
  }

  #take(length: number): Buffer {
    const first = this.#peek(length)
    this.#bytes -= length
    if (first.length === length) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(length)
    return first.subarray(0, length)
  }
}

function parseFrame(kind: FrameKind, bytes: Buffer): Frame {
  const metaBytes = bytes.readUInt32LE(frameHeaderBytes)
  const metaStart = frameHeaderBytes + 4
  const bodyStart = metaStart + metaBytes
  if (bodyStart > bytes.length) throw protocolError(`metadata of ${metaBytes} bytes in a frame of ${bytes.length}`)
  const meta = metaBytes === 0 ? undefined : parseMeta(bytes.toString('utf8', metaStart, bodyStart))
  return { kind, stream: bytes.readUInt32LE(5), meta, body: bytes.subarray(bodyStart) }
}

function parseMeta(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw protocolError('metadata that is not JSON', error)
  }
}

function protocolError(what: string, cause?: unknown): PoolError {
  return new PoolError('EK_POOL_PROTOCOL', `a host sent a ${what}`, cause === undefined ? undefined : { cause })
}
