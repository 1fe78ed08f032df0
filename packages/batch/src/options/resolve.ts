import { join } from 'node:path'
import type { Backoff } from '../delivery/backoff.ts'
import type { ConcurrencyRange } from '../delivery/concurrency.ts'
import type { RetryAfterLimits } from '../delivery/retry-gate.ts'
import { nodeFiles, type SpillFiles } from '../spill/files.ts'
import type { Fsync } from '../spill/segments.ts'
import type { Transport } from '../transport/transport.ts'
import { callable, duration, integer, knownOnly, oneOf, optionError, ratio } from './check.ts'
import type { BatchLimits, BatchOptions, BufferLimits, DestinationOptions, RetryOptions, WhenFull } from './options.ts'

export interface ResolvedSpill {
  readonly folder: string
  readonly mode: 'overflow' | 'wal'
  readonly maxBytes: number
  readonly segmentBytes: number
  readonly fsync: Fsync
  readonly groupMs: number
  readonly files: SpillFiles
}

export interface ResolvedDestination {
  readonly transport: Transport
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number; readonly maxAgeMs: number }
  readonly buffer: { readonly maxEvents: number; readonly maxBytes: number; readonly whenFull: WhenFull }
  readonly offerTimeoutMs: number
  readonly inFlight: ConcurrencyRange
  readonly ordering: 'none' | 'per-key'
  readonly requestTimeoutMs: number
  readonly backoff: Backoff
  readonly retryAfter: RetryAfterLimits
  readonly maxElapsedMs: number
  readonly spill: ResolvedSpill | undefined
}

const destinationNames = ['transport', 'batch', 'buffer', 'inFlight', 'ordering', 'requestTimeoutMs', 'retry'] as const
const optionNames = [
  ...destinationNames,
  'encode',
  'key',
  'id',
  'sample',
  'spill',
  'deadLetter',
  'exit',
  'closeDeadlineMs',
  'aroundSend',
  'onStateChange',
  'clock',
  'random',
]

/** Validates the options of each destination, once. Throws `EK_BATCH_OPTION`. */
export function resolveDestinations<T>(options: BatchOptions<T>): readonly ResolvedDestination[] {
  knownOnly('options', options, optionNames)
  const given = listOf(options.transport)
  const isSeveral = given.length > 1
  const destinations = given.map((each, index) => {
    const own = isTransport(each) ? { transport: each } : each
    const name = isSeveral ? `transport[${index}]` : ''
    return resolveDestination(options, own, { name, isSeveral })
  })
  const names = destinations.map(({ transport }) => transport.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw optionError('transport', 'transports with different names', twice)
  return Object.freeze(destinations)
}

/** Options about events rather than destinations. */
export interface ResolvedEvents<T> {
  readonly encode: (event: T) => string | Uint8Array | undefined
  /** Events may contain newlines: only what the default encoder returns is known not to. */
  readonly checksNewlines: boolean
  readonly key: ((event: T) => string) | undefined
  readonly id: ((event: T) => string) | undefined
  readonly sample: ((event: T) => boolean) | undefined
}

export function resolveEvents<T>(options: BatchOptions<T>, random: () => number): ResolvedEvents<T> {
  const { sample = 1 } = options
  const encode = callable('encode', options.encode)
  const usesLines = listOf(options.transport).some((each) => transportOf(each).framing === 'lines')
  return Object.freeze({
    encode: encode ?? encodeJson,
    checksNewlines: encode !== undefined && usesLines,
    key: callable('key', options.key),
    id: callable('id', options.id),
    sample: typeof sample === 'function' ? sample : sampler(ratio('sample', sample), random),
  })
}

function encodeJson(event: unknown): string | undefined {
  return JSON.stringify(event)
}

function sampler(share: number, random: () => number): (() => boolean) | undefined {
  return share === 1 ? undefined : () => random() < share
}

function listOf(transport: BatchOptions<never>['transport']): readonly (Transport | DestinationOptions)[] {
  const list = Array.isArray(transport) ? (transport as readonly (Transport | DestinationOptions)[]) : [transport]
  if (list.length === 0) throw optionError('transport', 'a transport or a list of at least one', transport)
  return list as readonly (Transport | DestinationOptions)[]
}

function isTransport(value: Transport | DestinationOptions): value is Transport {
  if (typeof value !== 'object' || value === null) {
    throw optionError('transport', 'an object with "name" and "send"', value)
  }
  return 'send' in value
}

function transportOf(value: Transport | DestinationOptions): Transport {
  return isTransport(value) ? value : value.transport
}

function resolveDestination<T>(
  shared: BatchOptions<T>,
  own: DestinationOptions,
  { name, isSeveral }: { readonly name: string; readonly isSeveral: boolean },
): ResolvedDestination {
  knownOnly(name || 'transport', own, destinationNames)
  const transport = checkTransport(own.transport)
  const prefix = name === '' ? '' : `${name}.`
  const batch = resolveBatch(`${prefix}batch`, merged('batch', shared.batch, own.batch), transport)
  const given = merged('buffer', shared.buffer, own.buffer)
  const spill = resolveSpill(shared, isSeveral ? transport.name : '')
  const whenFull = given.whenFull ?? (spill === undefined ? (isSeveral ? 'drop-oldest' : 'block') : 'spill')
  return Object.freeze({
    transport,
    batch,
    buffer: resolveBuffer(`${prefix}buffer`, { ...given, whenFull }, { batch, hasSpill: spill !== undefined }),
    offerTimeoutMs: duration(`${prefix}buffer.offerTimeoutMs`, given.offerTimeoutMs ?? Number.POSITIVE_INFINITY, {
      mayBeInfinite: true,
    }),
    inFlight: resolveInFlight(`${prefix}inFlight`, own.inFlight ?? shared.inFlight ?? 4),
    ordering: oneOf(`${prefix}ordering`, own.ordering ?? shared.ordering ?? 'none', ['none', 'per-key']),
    requestTimeoutMs: duration(`${prefix}requestTimeoutMs`, own.requestTimeoutMs ?? shared.requestTimeoutMs ?? 10_000),
    ...resolveRetry(`${prefix}retry`, merged('retry', shared.retry, own.retry)),
    spill,
  })
}

/** The options of a destination over those for all. */
function merged<O extends object>(name: string, shared: O | undefined, own: O | undefined): O | Record<string, never> {
  for (const each of [shared, own]) {
    if (each !== undefined && (typeof each !== 'object' || each === null)) throw optionError(name, 'an object', each)
  }
  return { ...shared, ...own }
}

function checkTransport(transport: Transport): Transport {
  const isValid = typeof transport === 'object' && transport !== null && typeof transport.send === 'function'
  if (!isValid) throw optionError('transport', 'an object with "name" and "send"', transport)
  if (typeof transport.name === 'string' && /^[\w.-]{1,64}$/.test(transport.name)) return transport
  throw optionError('transport.name', 'a string of 1 to 64 letters, digits, ".", "_" and "-"', transport.name)
}

function resolveBatch(name: string, given: BatchLimits, transport: Transport): ResolvedDestination['batch'] {
  knownOnly(name, given, ['maxEvents', 'maxBytes', 'maxAgeMs'])
  const { maxEvents = 1000, maxBytes = 1024 * 1024, maxAgeMs = 1000 } = given
  const { limits = {}, overheadBytes = 0 } = transport
  integer(`${name}.maxBytes`, maxBytes, { min: 2 + overheadBytes })
  return Object.freeze({
    maxEvents: Math.min(integer(`${name}.maxEvents`, maxEvents, { min: 1 }), limits.maxEvents ?? maxEvents),
    maxBytes: Math.min(maxBytes, limits.maxBytes ?? maxBytes) - overheadBytes,
    maxAgeMs: duration(`${name}.maxAgeMs`, maxAgeMs),
  })
}

function resolveBuffer(
  name: string,
  given: BufferLimits & { readonly whenFull: WhenFull },
  { batch, hasSpill }: { readonly batch: ResolvedDestination['batch']; readonly hasSpill: boolean },
): ResolvedDestination['buffer'] {
  knownOnly(name, given, ['maxEvents', 'maxBytes', 'whenFull', 'offerTimeoutMs'])
  const { maxEvents = Math.max(100_000, batch.maxEvents), maxBytes = Math.max(64 * 1024 * 1024, batch.maxBytes) } =
    given
  const whenFull = oneOf(`${name}.whenFull`, given.whenFull, ['block', 'drop-newest', 'drop-oldest', 'spill'])
  if (whenFull === 'spill' && !hasSpill)
    throw optionError(`${name}.whenFull`, 'another policy without "spill"', whenFull)
  return Object.freeze({
    maxEvents: integer(`${name}.maxEvents`, maxEvents, { min: batch.maxEvents }),
    maxBytes: integer(`${name}.maxBytes`, maxBytes, { min: batch.maxBytes }),
    whenFull,
  })
}

function resolveInFlight(name: string, given: number | ConcurrencyRange): ConcurrencyRange {
  if (typeof given === 'number') {
    const fixed = integer(name, given, { min: 1, max: 10_000 })
    return { min: fixed, max: fixed }
  }
  knownOnly(name, given, ['min', 'max'])
  const min = integer(`${name}.min`, given.min, { min: 1 })
  return Object.freeze({ min, max: integer(`${name}.max`, given.max, { min, max: 10_000 }) })
}

function resolveRetry(
  name: string,
  given: RetryOptions,
): Pick<ResolvedDestination, 'backoff' | 'retryAfter' | 'maxElapsedMs'> {
  knownOnly(name, given, ['baseMs', 'capMs', 'jitter', 'maxElapsedMs', 'retryAfter'])
  const { baseMs = 250, capMs = 10_000, jitter = 'full', maxElapsedMs = 24 * 3_600_000, retryAfter = {} } = given
  knownOnly(`${name}.retryAfter`, retryAfter, ['maxMs', 'jitterRatio'])
  return {
    backoff: Object.freeze({
      baseMs: duration(`${name}.baseMs`, baseMs),
      capMs: duration(`${name}.capMs`, capMs),
      jitter: oneOf(`${name}.jitter`, jitter, ['full', 'equal', 'none']),
    }),
    retryAfter: Object.freeze({
      maxMs: duration(`${name}.retryAfter.maxMs`, retryAfter.maxMs ?? 3_600_000),
      jitterRatio: ratio(`${name}.retryAfter.jitterRatio`, retryAfter.jitterRatio ?? 0.2),
    }),
    maxElapsedMs: duration(`${name}.maxElapsedMs`, maxElapsedMs, { mayBeInfinite: true }),
  }
}

function resolveSpill<T>(options: BatchOptions<T>, subfolder: string): ResolvedSpill | undefined {
  const { spill } = options
  if (spill === undefined) return undefined
  knownOnly('spill', spill, ['folder', 'mode', 'maxBytes', 'segmentBytes', 'fsync', 'groupMs', 'files'])
  if (typeof spill.folder !== 'string' || spill.folder === '') {
    throw optionError('spill.folder', 'the path of a folder', spill.folder)
  }
  return Object.freeze({
    folder: join(spill.folder, subfolder),
    mode: oneOf('spill.mode', spill.mode ?? 'overflow', ['overflow', 'wal']),
    maxBytes: integer('spill.maxBytes', spill.maxBytes ?? 1024 ** 3, { min: 1024 }),
    segmentBytes: integer('spill.segmentBytes', spill.segmentBytes ?? 16 * 1024 * 1024, { min: 1024 }),
    fsync: resolveFsync(spill.fsync ?? 'none'),
    groupMs: duration('spill.groupMs', spill.groupMs ?? 2),
    files: spill.files ?? nodeFiles,
  })
}

function resolveFsync(given: Fsync): Fsync {
  if (typeof given === 'string') return oneOf('spill.fsync', given, ['none', 'batch'])
  knownOnly('spill.fsync', given, ['everyMs'])
  return Object.freeze({ everyMs: duration('spill.fsync.everyMs', given.everyMs) })
}
