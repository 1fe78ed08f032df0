import type { Freshness, Limits } from '../contract/limits.ts'
import type { HostLaunch, Invocation } from '../contract/engine.ts'
import type { Outcome } from '../contract/outcome.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { Frame } from './frame.ts'

/** Metadata of a `boot` frame. */
export interface BootMeta {
  /** For the engine's driver. */
  readonly config: unknown
  /** The inherited descriptor of the host's record of starts. */
  readonly startsDescriptor: number
}

/** The descriptors 0 to 3 of a host are its streams and the pipe, then come those of its engine, and then the record. */
const firstDescriptor = 4

export function bootMeta({ config, descriptors = [] }: HostLaunch): BootMeta {
  return { config, startsDescriptor: firstDescriptor + descriptors.length }
}

/** Metadata of an `invoke` frame. Its body is the source, then the input, as UTF-8. */
interface InvokeMeta {
  readonly tenant: string
  readonly programId: string
  readonly options: Readonly<Record<string, string>>
  readonly sourceBytes: number
  readonly context: string
  readonly limits: Limits
  readonly freshness: Freshness
  /** Present when the answer is streamed: whether the request has a body. */
  readonly streams?: StreamsMeta
}

export interface StreamsMeta {
  readonly body: boolean
}

export function invokeParts(invocation: Invocation, streams?: StreamsMeta): { meta: unknown; body: Buffer } {
  const { program, input } = invocation
  const sourceBytes = Buffer.byteLength(program.source)
  const body = Buffer.allocUnsafe(sourceBytes + Buffer.byteLength(input))
  body.write(program.source, 0)
  body.write(input, sourceBytes)
  const meta: InvokeMeta = {
    tenant: invocation.tenant,
    programId: program.id,
    options: program.options,
    sourceBytes,
    context: invocation.context,
    limits: invocation.limits,
    freshness: invocation.freshness,
    ...(streams === undefined ? {} : { streams }),
  }
  return { meta, body }
}

export function parseInvoke(frame: Frame): Invocation {
  const meta = frame.meta as InvokeMeta
  const source = frame.body.toString('utf8', 0, meta.sourceBytes)
  return {
    id: frame.stream,
    tenant: meta.tenant,
    program: { id: meta.programId, options: meta.options, source },
    input: frame.body.toString('utf8', meta.sourceBytes),
    context: meta.context,
    limits: meta.limits,
    freshness: meta.freshness,
  }
}

/** What an `invoke` frame says of streams; undefined when input and output are whole. */
export function parseStreams(frame: Frame): StreamsMeta | undefined {
  return (frame.meta as InvokeMeta).streams
}

/** Metadata of a `call` frame. Its body is the call's. */
export interface CallMeta {
  readonly callId: number
  readonly name: string
  readonly meta: unknown
}

/** Metadata of a `reply` frame: what the service answered, or why it did not. */
export interface ReplyMeta {
  readonly callId: number
  readonly meta?: unknown
  readonly error?: { readonly message: string; readonly code: string }
}

/** An outcome on the wire: the output travels as the body. */
export function outcomeParts(outcome: Outcome): { meta: unknown; body: Uint8Array | undefined } {
  if (outcome.status !== 'ok') return { meta: outcome, body: undefined }
  const { output, ...meta } = outcome
  return { meta, body: output }
}

/** A host is not trusted: whoever escapes an isolate speaks with its voice. Only the shape the gateway relies on is let through. */
export function parseOutcome(frame: Frame): Outcome {
  const meta = frame.meta as Partial<Outcome> | undefined
  if (meta === undefined || typeof meta.usage !== 'object')
    throw new PoolError('EK_POOL_PROTOCOL', 'a host sent an outcome without usage')
  if (meta.status === 'ok') return { ...(meta as Extract<Outcome, { status: 'ok' }>), output: frame.body }
  if (meta.status === 'failed' || meta.status === 'ended') return meta as Outcome
  throw new PoolError('EK_POOL_PROTOCOL', `a host sent an outcome of status "${String(meta.status)}"`)
}
