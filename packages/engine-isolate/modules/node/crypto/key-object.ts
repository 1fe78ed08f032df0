import { Buffer } from 'node:buffer'
import { bytesOf, work, workBytes } from './input.ts'

export type KeyKind = 'secret' | 'public' | 'private'

interface KeyMeta {
  readonly asymmetricKeyType?: string
  readonly details?: Readonly<Record<string, unknown>>
}

interface ExportOptions {
  readonly format?: 'pem' | 'der' | 'jwk' | 'buffer'
  readonly type?: string
  readonly cipher?: string
  readonly passphrase?: string | Uint8Array
}

/** https://nodejs.org/api/crypto.html#class-keyobject. The bytes are in a private field: inspecting or logging a key shows none. */
export class KeyObject {
  readonly #kind: KeyKind
  readonly #bytes: Uint8Array
  readonly #meta: KeyMeta

  constructor(kind: KeyKind, bytes: Uint8Array, meta: KeyMeta = {}) {
    this.#kind = kind
    this.#bytes = bytes
    this.#meta = meta
  }

  /** DER of an asymmetric key, the bytes of a secret one. */
  static material(key: KeyObject): Uint8Array {
    return key.#bytes
  }

  get type(): KeyKind {
    return this.#kind
  }

  get asymmetricKeyType(): string | undefined {
    return this.#meta.asymmetricKeyType
  }

  get asymmetricKeyDetails(): Readonly<Record<string, unknown>> | undefined {
    const { details } = this.#meta
    if (details === undefined) return undefined
    const { publicExponent } = details
    return typeof publicExponent === 'string' ? { ...details, publicExponent: BigInt(publicExponent) } : details
  }

  get symmetricKeySize(): number | undefined {
    return this.#kind === 'secret' ? this.#bytes.byteLength : undefined
  }

  equals(other: KeyObject): boolean {
    return this.#kind === other.#kind && Buffer.from(this.#bytes).equals(other.#bytes)
  }

  export(options: ExportOptions = {}): unknown {
    const { format = 'buffer', cipher, passphrase } = options
    if (this.#kind === 'secret') {
      if (format === 'jwk') return { kty: 'oct', k: Buffer.from(this.#bytes).toString('base64url') }
      return Buffer.from(this.#bytes)
    }
    if (format === 'buffer') throw invalid('The "options.format" property must be "pem", "der" or "jwk"')
    const type = options.type ?? (this.#kind === 'private' ? 'pkcs8' : 'spki')
    const secret = passphrase === undefined ? [] : [bytesOf(passphrase)]
    const reply = work('exportKey', { kind: this.#kind, format, type, cipher }, this.#bytes, ...secret)
    if (format === 'jwk') return reply.meta
    const bytes = Buffer.from(reply.bytes ?? new ArrayBuffer(0))
    return format === 'pem' ? bytes.toString() : bytes
  }

  get [Symbol.toStringTag](): string {
    return 'KeyObject'
  }
}

interface KeyInput {
  readonly key?: unknown
  readonly format?: string
  readonly type?: string
  readonly encoding?: string
  readonly passphrase?: string | Uint8Array
}

/** A key however Node lets one give it: a KeyObject, PEM, DER or JWK, bare or in an options object. */
export function keyFrom(input: unknown, kind: 'public' | 'private'): KeyObject {
  const options = (isOptions(input) ? input : { key: input }) as KeyInput
  const { key } = options
  if (key instanceof KeyObject) return fromKeyObject(key, kind)
  const { format = 'pem', type = kind === 'private' ? 'pkcs8' : 'spki', encoding, passphrase } = options
  const bytes = format === 'jwk' ? Buffer.from(JSON.stringify(key)) : bytesOf(key, encoding, 'key')
  const secret = passphrase === undefined ? [] : [bytesOf(passphrase)]
  const { meta, bytes: der } = work('importKey', { kind, format, type }, bytes, ...secret)
  return new KeyObject(kind, new Uint8Array(der ?? new ArrayBuffer(0)), meta as KeyMeta)
}

function fromKeyObject(key: KeyObject, kind: 'public' | 'private'): KeyObject {
  if (key.type === kind) return key
  if (key.type !== 'private') throw invalid(`Invalid key object type ${key.type}, expected ${kind}.`)
  const { meta, bytes } = work('publicOf', {}, KeyObject.material(key))
  return new KeyObject('public', new Uint8Array(bytes ?? new ArrayBuffer(0)), meta as KeyMeta)
}

function isOptions(input: unknown): boolean {
  return (
    typeof input === 'object' &&
    input !== null &&
    !(input instanceof KeyObject) &&
    !ArrayBuffer.isView(input) &&
    'key' in input
  )
}

export function createPublicKey(input: unknown): KeyObject {
  return keyFrom(input, 'public')
}

export function createPrivateKey(input: unknown): KeyObject {
  return keyFrom(input, 'private')
}

export function createSecretKey(key: unknown, encoding?: string): KeyObject {
  return new KeyObject('secret', bytesOf(key, encoding, 'key').slice())
}

interface PairMeta extends KeyMeta {
  readonly publicBytes: number
}

interface PairOptions {
  readonly modulusLength?: number
  readonly publicExponent?: number
  readonly namedCurve?: string
  readonly publicKeyEncoding?: ExportOptions
  readonly privateKeyEncoding?: ExportOptions
}

/** Keys as objects, or written out when an encoding is given. */
export function makeKeyPair(type: string, options: PairOptions = {}): { publicKey: unknown; privateKey: unknown } {
  const { modulusLength, publicExponent = 65_537, namedCurve, publicKeyEncoding, privateKeyEncoding } = options ?? {}
  const reply = work('generateKeyPair', { type, modulusLength, publicExponent, namedCurve })
  const { publicBytes, ...meta } = reply.meta as PairMeta
  const bytes = new Uint8Array(reply.bytes ?? new ArrayBuffer(0))
  const publicKey = new KeyObject('public', bytes.slice(0, publicBytes), meta)
  const privateKey = new KeyObject('private', bytes.slice(publicBytes), meta)
  return {
    publicKey: publicKeyEncoding === undefined ? publicKey : publicKey.export(publicKeyEncoding),
    privateKey: privateKeyEncoding === undefined ? privateKey : privateKey.export(privateKeyEncoding),
  }
}

export function randomKey(type: string, { length }: { length: number }): KeyObject {
  if (type !== 'hmac' && type !== 'aes')
    throw invalid(`The argument 'type' must be a supported key type. Received '${type}'`)
  return new KeyObject('secret', workBytes('random', { size: Math.floor(length / 8) }))
}

function invalid(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' })
}
