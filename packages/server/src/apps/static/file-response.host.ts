import { AcceptEncoding } from '@remix-run/headers/accept-encoding'
import { Range } from '@remix-run/headers/range'
import { detectMimeType } from '@remix-run/mime'
import { createFileResponse } from '@remix-run/response/file'
import { extname } from 'node:path'
import { StaticFile } from './static-file.host.ts'

export interface FileResponseOptions {
  readonly cacheControl: string
  /** Whether `file.br`, `file.zst` and `file.gz` beside a file are sent in its place to those who take them. */
  readonly precompressed: boolean
}

const encodings = { br: '.br', zstd: '.zst', gzip: '.gz' } as const

/**
 * Answers GET and HEAD with a file: conditional requests, one range, precompressed forms. `undefined` when there is no such file.
 * `path` is a real path that the caller may send.
 */
export async function fileResponse(
  path: string,
  request: Request,
  options: FileResponseOptions,
): Promise<Response | undefined> {
  const type = detectMimeType(extname(path).slice(1)) ?? 'application/octet-stream'
  const plain = await StaticFile.find(path, type)
  if (plain === undefined) return undefined
  const compressed = options.precompressed ? await findCompressed(plain, request) : undefined
  const file = compressed?.file ?? plain
  const response = await createFileResponse(file, withoutOddRange(request), {
    cacheControl: options.cacheControl,
    acceptRanges: true,
    etag: 'strong',
    digest: async ({ version }: StaticFile) =>
      compressed === undefined ? version : `${version}-${compressed.encoding}`,
  })
  if (options.precompressed) response.headers.append('vary', 'accept-encoding')
  if (compressed !== undefined && response.status < 400) response.headers.set('content-encoding', compressed.encoding)
  response.headers.set('x-content-type-options', 'nosniff')
  return response
}

interface Compressed {
  readonly file: StaticFile
  readonly encoding: string
}

/** The form the client likes best, unless it is older than the file it was made from. */
async function findCompressed(plain: StaticFile, request: Request): Promise<Compressed | undefined> {
  const header = request.headers.get('accept-encoding')
  if (header === null) return undefined
  const accepted = AcceptEncoding.from(header)
  const wanted = (Object.keys(encodings) as (keyof typeof encodings)[])
    .filter((encoding) => accepted.accepts(encoding))
    .toSorted((first, second) => accepted.getWeight(second) - accepted.getWeight(first))
  for (const encoding of wanted) {
    const file = await StaticFile.find(plain.name + encodings[encoding], plain.type)
    if (file !== undefined && file.lastModified >= plain.lastModified) return { file, encoding }
  }
  return undefined
}

/** A range that is malformed, of another unit or one of several may be ignored (RFC 9110 §14.2): the whole file is sent. */
function withoutOddRange(request: Request): Request {
  const header = request.headers.get('range')
  if (header === null || isOneRange(header)) return request
  const headers = new Headers(request.headers)
  headers.delete('range')
  return new Request(request.url, { method: request.method, headers })
}

function isOneRange(header: string): boolean {
  const { unit, ranges } = Range.from(header)
  return unit === 'bytes' && ranges.length === 1
}
