import { Buffer } from 'node:buffer'
import type { Dispatcher, Pool } from 'undici'
import { callable, duration, integer, knownOnly, oneOf, optionError } from '../options/check.ts'
import type { FailedEvent, SealedBatch, SendContext, SendOutcome, Transport } from '../transport/transport.ts'
import { loadPeer } from '../util/peer.ts'
import { classifyAnswer, type HttpAnswer } from './classify.ts'
import { compress, resolveCompression, type Compression } from './compression.ts'

export type HttpHeaders = Readonly<Record<string, string>>

export interface HttpTransportOptions {
  readonly url: string | URL
  /** Names the destination in metrics and in the spill. Default `http`. */
  readonly name?: string
  /** Default `POST`. */
  readonly method?: 'POST' | 'PUT' | 'PATCH'
  /** Sent with each request. A function is called for each attempt, to fetch a token for example. */
  readonly headers?: HttpHeaders | (() => HttpHeaders | Promise<HttpHeaders>)
  /** `ndjson`: one event a line. `json-array`: one array. Default `ndjson`. */
  readonly format?: 'ndjson' | 'json-array'
  /** Default `none`: the receiver must know the codec. */
  readonly compression?: Compression
  /** The header that carries the batch id, the same over all retries. Default `idempotency-key`; `null` sends none. */
  readonly idempotencyHeader?: string | null
  /** Connections at most; at least the processor's `inFlight`. Default 16. */
  readonly connections?: number
  /** Default 5 s. */
  readonly connectTimeoutMs?: number
  /** How much of an answer is read. Default 1 MiB. */
  readonly maxResponseBytes?: number
  /** Rejections for which the batch is split to find the culprit, beside 413. Default none; 400 and 422 are candidates. */
  readonly splitOn?: readonly number[]
  /** Reads a 2xx answer that took some events only: the indices of the others. */
  readonly readPartial?: (answer: HttpAnswer, batch: SealedBatch) => readonly FailedEvent[]
  /** Judges an answer otherwise than by default. `undefined` leaves it to the default. */
  readonly classify?: (answer: HttpAnswer) => SendOutcome | undefined
  /** Certificates and keys, as `tls.connect` takes them. */
  readonly tls?: {
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
    readonly rejectUnauthorized?: boolean
  }
  /** A dispatcher of undici to send through. It stays open. */
  readonly dispatcher?: Dispatcher
}

const optionNames = [
  'url',
  'name',
  'method',
  'headers',
  'format',
  'compression',
  'idempotencyHeader',
  'connections',
  'connectTimeoutMs',
  'maxResponseBytes',
  'splitOn',
  'readPartial',
  'classify',
  'tls',
  'dispatcher',
]

/**
 * Sends each batch as one request through a pool of undici (an optional peer dependency). Redirects are not followed: they count as
 * rejected. Throws `EK_BATCH_OPTION`; without undici every send fails with `EK_BATCH_PEER_MISSING`.
 */
export function httpTransport(options: HttpTransportOptions): Transport {
  const resolved = resolve(options)
  let pool: Pool | undefined
  return {
    name: options.name ?? 'http',
    framing: resolved.format === 'ndjson' ? 'lines' : 'any',
    overheadBytes: resolved.format === 'ndjson' ? 0 : 1,
    async open() {
      if (options.dispatcher === undefined) pool ??= await makePool(resolved)
    },
    async send(batch, context) {
      const dispatcher = options.dispatcher ?? pool
      if (dispatcher === undefined) return { status: 'retry', blame: 'destination' }
      const answer = await request(dispatcher, resolved, { batch, context })
      return outcomeOf(answer, batch, resolved)
    },
    async close() {
      await pool?.destroy()
    },
  }
}

interface Resolved extends HttpTransportOptions {
  readonly target: URL
  readonly format: 'ndjson' | 'json-array'
  readonly codec: ReturnType<typeof resolveCompression>
  readonly maxBytes: number
}

function resolve(options: HttpTransportOptions): Resolved {
  knownOnly('options', options, optionNames)
  callable('readPartial', options.readPartial)
  callable('classify', options.classify)
  duration('connectTimeoutMs', options.connectTimeoutMs ?? 5000)
  integer('connections', options.connections ?? 16, { min: 1 })
  oneOf('method', options.method ?? 'POST', ['POST', 'PUT', 'PATCH'])
  return {
    ...options,
    target: parseUrl(options.url),
    format: oneOf('format', options.format ?? 'ndjson', ['ndjson', 'json-array']),
    codec: resolveCompression(options.compression ?? 'none'),
    maxBytes: integer('maxResponseBytes', options.maxResponseBytes ?? 1024 * 1024, { min: 0 }),
  }
}

function parseUrl(given: string | URL): URL {
  const url = URL.parse(String(given))
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  throw optionError('url', 'an http or https URL', given)
}

async function makePool(options: Resolved): Promise<Pool> {
  const { Pool } = await loadPeer('undici', () => import('undici'))
  return new Pool(options.target.origin, {
    connections: options.connections ?? 16,
    // The processor's own timeout aborts the request.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: options.connectTimeoutMs ?? 5000, ...options.tls },
  })
}

async function request(
  dispatcher: Dispatcher,
  options: Resolved,
  { batch, context }: { readonly batch: SealedBatch; readonly context: SendContext },
): Promise<HttpAnswer> {
  const plain = options.format === 'ndjson' ? batch.lines() : batch.jsonArray()
  const compressed = options.codec === undefined ? undefined : await compress(plain, options.codec)
  const { statusCode, headers, body } = await dispatcher.request({
    origin: options.target.origin,
    path: options.target.pathname + options.target.search,
    method: options.method ?? 'POST',
    headers: await headersFor(options, batch, compressed !== undefined),
    body: compressed ?? plain,
    signal: context.signal,
  })
  return { statusCode, headers, body: await readBody(body, options.maxBytes) }
}

async function headersFor(
  options: Resolved,
  batch: SealedBatch,
  isCompressed: boolean,
): Promise<Record<string, string>> {
  const { headers: given, idempotencyHeader = 'idempotency-key', format, codec } = options
  const own = typeof given === 'function' ? await given() : (given ?? {})
  return {
    'content-type': format === 'ndjson' ? 'application/x-ndjson' : 'application/json',
    ...(idempotencyHeader === null ? {} : { [idempotencyHeader]: batch.id }),
    ...own,
    ...(isCompressed && codec !== undefined ? { 'content-encoding': codec.codec } : {}),
  }
}

/** The beginning of the answer; the rest is read and thrown away, so that the connection can be used again. */
async function readBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    if (bytes < maxBytes) chunks.push(chunk.subarray(0, maxBytes - bytes))
    bytes += chunk.length
  }
  return Buffer.concat(chunks).toString('utf8')
}

function outcomeOf(answer: HttpAnswer, batch: SealedBatch, options: Resolved): SendOutcome {
  const own = options.classify?.(answer)
  if (own !== undefined) return own
  const outcome = classifyAnswer(answer, { splitOn: options.splitOn ?? [] })
  if (outcome.status !== 'delivered' || options.readPartial === undefined) return outcome
  const failed = options.readPartial(answer, batch)
  return failed.length === 0 ? outcome : { status: 'partial', failed }
}
