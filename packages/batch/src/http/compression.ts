import type { Buffer } from 'node:buffer'
import { promisify } from 'node:util'
import { constants, gzip, zstdCompress } from 'node:zlib'
import { integer, knownOnly, oneOf } from '../options/check.ts'

export type Codec = 'gzip' | 'zstd'

/** A codec with its defaults, or with a level and a size from which it is worth it. */
export type Compression =
  | 'none'
  | Codec
  | { readonly codec: Codec; readonly level?: number; readonly minBytes?: number }

export interface ResolvedCompression {
  readonly codec: Codec
  readonly level: number
  readonly minBytes: number
}

/** The first level of both codecs: a higher one costs several times the CPU for a few percent of the bytes. */
const defaultLevel = 1
const defaultMinBytes = 1024

export function resolveCompression(given: Compression): ResolvedCompression | undefined {
  if (given === 'none') return undefined
  if (typeof given === 'string') {
    return { codec: oneOf('compression', given, ['gzip', 'zstd']), level: defaultLevel, minBytes: defaultMinBytes }
  }
  knownOnly('compression', given, ['codec', 'level', 'minBytes'])
  const codec = oneOf('compression.codec', given.codec, ['gzip', 'zstd'])
  return {
    codec,
    level: integer('compression.level', given.level ?? defaultLevel, { min: 1, max: codec === 'gzip' ? 9 : 22 }),
    minBytes: integer('compression.minBytes', given.minBytes ?? defaultMinBytes, { min: 0 }),
  }
}

const gzipAsync = promisify<Uint8Array, object, Buffer>(gzip)
const zstdAsync = promisify<Uint8Array, object, Buffer>(zstdCompress)

/** Compresses off the event loop. `undefined` when the body is too small to be worth it. */
export async function compress(body: Uint8Array, how: ResolvedCompression): Promise<Buffer | undefined> {
  if (body.length < how.minBytes) return undefined
  if (how.codec === 'gzip') return gzipAsync(body, { level: how.level })
  return zstdAsync(body, { params: { [constants.ZSTD_c_compressionLevel]: how.level } })
}
