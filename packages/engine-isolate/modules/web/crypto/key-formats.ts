import { Buffer } from 'node:buffer'
import type { KeyObject } from '../../node/crypto/key-object.ts'
import { viewOf } from '../bytes.ts'
import {
  digestOf,
  failure,
  keyOf,
  newKey,
  normalize,
  type Algorithm,
  type CryptoKey,
  type KeyUsage,
} from './crypto-key.ts'

type NodeCrypto = typeof import('../../node/crypto.ts')
export const node = (): NodeCrypto => require('crypto') as NodeCrypto

export type KeyFormat = 'raw' | 'spki' | 'pkcs8' | 'jwk'

interface Jwk {
  readonly kty?: string
  readonly k?: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly d?: string
  readonly alg?: string
  readonly use?: string
  readonly ext?: boolean
  readonly key_ops?: readonly string[]
}

const curves: Readonly<Record<string, { readonly node: string; readonly bytes: number }>> = {
  'P-256': { node: 'prime256v1', bytes: 32 },
  'P-384': { node: 'secp384r1', bytes: 48 },
  'P-521': { node: 'secp521r1', bytes: 66 },
}

function curveOf(algorithm: Algorithm): { readonly node: string; readonly bytes: number } {
  const name = String(algorithm['namedCurve'])
  const curve = Object.hasOwn(curves, name) ? curves[name] : undefined
  if (curve === undefined) throw failure('NotSupportedError', `The curve "${name.slice(0, 50)}" is not supported`)
  return curve
}

function isSecret(name: string): boolean {
  return name.startsWith('AES-') || name === 'HMAC' || name === 'PBKDF2' || name === 'HKDF'
}

/** https://w3c.github.io/webcrypto/#SubtleCrypto-method-importKey */
export function importKey(
  format: KeyFormat,
  data: unknown,
  given: unknown,
  rights: { extractable: boolean; usages: readonly KeyUsage[] },
): CryptoKey {
  const algorithm = normalize(given)
  if (format === 'jwk') checkJwk(data as Jwk, algorithm, rights)
  const key = isSecret(algorithm.name) ? importSecret(format, data, algorithm) : importPair(format, data, algorithm)
  checkUsages(usagesOf(algorithm.name, key.type), algorithm, rights.usages)
  if (key.type !== 'public' && rights.usages.length === 0)
    throw failure('SyntaxError', 'A key needs at least one usage')
  if (rights.extractable && (algorithm.name === 'PBKDF2' || algorithm.name === 'HKDF'))
    throw failure('SyntaxError', `A key of ${algorithm.name} cannot be extractable`)
  return newKey(key, keyAlgorithm(algorithm, key), rights.extractable, rights.usages)
}

/** What a key says of itself must allow what it is to be used for. */
function checkJwk(jwk: Jwk, algorithm: Algorithm, rights: { extractable: boolean; usages: readonly KeyUsage[] }): void {
  const { usages, extractable } = rights
  const wrong = (member: string): Error => failure('DataError', `The member "${member}" of the key does not fit`)
  if (jwk.ext === false && extractable) throw wrong('ext')
  const use = signing.some((usage) => allowedUsages[algorithm.name]?.includes(usage)) ? 'sig' : 'enc'
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== use) throw wrong('use')
  if (jwk.key_ops !== undefined && usages.some((usage) => jwk.key_ops?.includes(usage) === false))
    throw wrong('key_ops')
  const curve = algorithm.name.endsWith('25519') ? algorithm.name : algorithm['namedCurve']
  if (curve !== undefined && jwk.crv !== curve) throw wrong('crv')
  if (algorithm.name === 'Ed25519' && !['Ed25519', 'EdDSA'].includes(jwk.alg ?? 'EdDSA')) throw wrong('alg')
}

function importSecret(format: KeyFormat, data: unknown, { name }: Algorithm): KeyObject {
  if (format !== 'raw' && format !== 'jwk')
    throw failure('NotSupportedError', `The format "${format}" is not for ${name}`)
  const bytes = format === 'jwk' ? Buffer.from((data as Jwk).k ?? '', 'base64url') : bytesFrom(data)
  if (name.startsWith('AES-') && ![16, 24, 32].includes(bytes.byteLength))
    throw failure('DataError', `An AES key has 128, 192 or 256 bits, not ${bytes.byteLength * 8}`)
  return node().createSecretKey(bytes)
}

function importPair(format: KeyFormat, data: unknown, algorithm: Algorithm): KeyObject {
  const { createPrivateKey, createPublicKey } = node()
  try {
    if (format === 'spki') return createPublicKey({ key: bytesFrom(data), format: 'der', type: 'spki' })
    if (format === 'pkcs8') return createPrivateKey({ key: bytesFrom(data), format: 'der', type: 'pkcs8' })
    const key = format === 'jwk' ? (data as Jwk) : rawToJwk(bytesFrom(data), algorithm)
    return key.d === undefined ? createPublicKey({ key, format: 'jwk' }) : createPrivateKey({ key, format: 'jwk' })
  } catch (error) {
    throw failure('DataError', `The key could not be read: ${(error as Error).message}`)
  }
}

/** An uncompressed point, or the bytes of an Edwards or Montgomery key. */
function rawToJwk(bytes: Uint8Array, algorithm: Algorithm): Jwk {
  const text = (start: number, end?: number): string => Buffer.from(bytes.slice(start, end)).toString('base64url')
  if (algorithm.name === 'Ed25519' || algorithm.name === 'X25519')
    return { kty: 'OKP', crv: algorithm.name, x: text(0) }
  const half = (bytes.byteLength - 1) / 2
  if (bytes[0] !== 4 || half !== curveOf(algorithm).bytes) throw failure('DataError', 'The point is not valid')
  return { kty: 'EC', crv: String(algorithm['namedCurve']), x: text(1, 1 + half), y: text(1 + half) }
}

/** https://w3c.github.io/webcrypto/#SubtleCrypto-method-exportKey */
export function exportKey(format: KeyFormat, key: CryptoKey): unknown {
  const object = keyOf(key)
  if (!key.extractable) throw failure('InvalidAccessError', 'The key is not extractable')
  if (format === 'jwk')
    return {
      ...(object.export({ format: 'jwk' }) as Jwk),
      ...jwkAlgorithm(key.algorithm),
      ext: key.extractable,
      key_ops: [...key.usages],
    }
  if (format === 'raw') return bufferOf(rawOf(object))
  if ((format === 'spki') !== (object.type === 'public') || object.type === 'secret')
    throw failure('InvalidAccessError', `A ${object.type} key has no format "${format}"`)
  return bufferOf(object.export({ format: 'der', type: format }) as Uint8Array)
}

/** The member `alg`, where the standard has one (RFC 7518, RFC 9864). */
function jwkAlgorithm({ name, length, hash }: Algorithm): { readonly alg?: string } {
  const bits = /\d+$/.exec((hash as Algorithm | undefined)?.name ?? '')?.[0]
  switch (name) {
    case 'HMAC':
      return { alg: `HS${bits}` }
    case 'RSASSA-PKCS1-v1_5':
      return { alg: `RS${bits}` }
    case 'RSA-PSS':
      return { alg: `PS${bits}` }
    case 'RSA-OAEP':
      return { alg: bits === '1' ? name : `${name}-${bits}` }
    case 'Ed25519':
      return { alg: name }
    default:
      return name.startsWith('AES-') ? { alg: `A${String(length)}${name.slice('AES-'.length)}` } : {}
  }
}

function rawOf(object: KeyObject): Uint8Array {
  if (object.type === 'secret') return object.export() as Uint8Array
  if (object.type === 'private') throw failure('InvalidAccessError', 'A private key has no raw format')
  const { x = '', y } = object.export({ format: 'jwk' }) as Jwk
  if (y === undefined) return Buffer.from(x, 'base64url')
  return Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
}

/** What `CryptoKey.algorithm` tells. */
function keyAlgorithm({ name, ...parameters }: Algorithm, key: KeyObject): Algorithm {
  const hash = parameters['hash'] === undefined ? {} : { hash: { name: normalize(parameters['hash']).name } }
  if (hash.hash !== undefined) digestOf(hash.hash)
  if (name === 'HMAC') return { name, ...hash, length: (key.symmetricKeySize ?? 0) * 8 }
  if (name.startsWith('AES-')) return { name, length: (key.symmetricKeySize ?? 0) * 8 }
  if (name.startsWith('RSA')) {
    const { modulusLength, publicExponent } = Object(key.asymmetricKeyDetails) as {
      modulusLength?: number
      publicExponent?: bigint
    }
    return { name, ...hash, modulusLength, publicExponent: exponentBytes(publicExponent ?? 65_537n) }
  }
  return parameters['namedCurve'] === undefined ? { name } : { name, namedCurve: parameters['namedCurve'] }
}

function exponentBytes(value: bigint): Uint8Array {
  const hex = value.toString(16)
  return new Uint8Array(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}

const publicUsages: ReadonlySet<KeyUsage> = new Set(['verify', 'encrypt', 'wrapKey'])

const ciphering: readonly KeyUsage[] = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']
const signing: readonly KeyUsage[] = ['sign', 'verify']
const deriving: readonly KeyUsage[] = ['deriveKey', 'deriveBits']

/** What a key of an algorithm may be for (https://w3c.github.io/webcrypto/#algorithms). */
const allowedUsages: Readonly<Record<string, readonly KeyUsage[]>> = {
  'AES-CBC': ciphering,
  'AES-CTR': ciphering,
  'AES-GCM': ciphering,
  'AES-KW': ['wrapKey', 'unwrapKey'],
  'RSA-OAEP': ciphering,
  HMAC: signing,
  ECDSA: signing,
  Ed25519: signing,
  'RSA-PSS': signing,
  'RSASSA-PKCS1-v1_5': signing,
  ECDH: deriving,
  X25519: deriving,
  PBKDF2: deriving,
  HKDF: deriving,
}

/** Of a pair, each half has its own. */
function usagesOf(name: string, type: KeyObject['type']): readonly KeyUsage[] {
  const both = allowedUsages[name] ?? []
  if (type === 'secret') return both
  return both.filter((usage) => publicUsages.has(usage) === (type === 'public'))
}

function checkUsages(allowed: readonly KeyUsage[], { name }: Algorithm, usages: readonly KeyUsage[]): void {
  const foreign = usages.find((usage) => !allowed.includes(usage))
  if (foreign !== undefined) throw failure('SyntaxError', `A key of ${name} cannot have the usage "${foreign}"`)
}

/** https://w3c.github.io/webcrypto/#SubtleCrypto-method-generateKey */
export function generateKey(
  given: unknown,
  extractable: boolean,
  usages: readonly KeyUsage[],
): CryptoKey | { publicKey: CryptoKey; privateKey: CryptoKey } {
  const algorithm = normalize(given)
  if (algorithm.name === 'HMAC' || algorithm.name.startsWith('RSA')) digestOf(algorithm['hash'])
  checkUsages(allowedUsages[algorithm.name] ?? usages, algorithm, usages)
  const { generateKeyPairSync, createSecretKey, randomBytes } = node()
  if (isSecret(algorithm.name)) {
    const length = Number(algorithm['length'] ?? (algorithm.name === 'HMAC' ? hmacBits(algorithm) : 0))
    if (algorithm.name.startsWith('AES-') && ![128, 192, 256].includes(length))
      throw failure('OperationError', `An AES key has 128, 192 or 256 bits, not ${length}`)
    if (usages.length === 0) throw failure('SyntaxError', 'A key needs at least one usage')
    const key = createSecretKey(randomBytes(Math.ceil(length / 8)))
    return newKey(key, keyAlgorithm(algorithm, key), extractable, usages)
  }
  const secret = usages.filter((usage) => !publicUsages.has(usage))
  // A pair is expensive: nothing may be left to refuse once it is made.
  if (secret.length === 0) throw failure('SyntaxError', 'A private key needs at least one usage')
  const { publicKey, privateKey } = generateKeyPairSync(...pairParameters(algorithm)) as {
    publicKey: KeyObject
    privateKey: KeyObject
  }
  return {
    publicKey: newKey(
      publicKey,
      keyAlgorithm(algorithm, publicKey),
      true,
      usages.filter((usage) => publicUsages.has(usage)),
    ),
    privateKey: newKey(privateKey, keyAlgorithm(algorithm, privateKey), extractable, secret),
  }
}

function pairParameters(
  algorithm: Algorithm,
): [type: string, options: { modulusLength?: number; publicExponent?: number; namedCurve?: string }] {
  if (algorithm.name === 'Ed25519' || algorithm.name === 'X25519') return [algorithm.name.toLowerCase(), {}]
  if (algorithm.name.startsWith('EC')) return ['ec', { namedCurve: curveOf(algorithm).node }]
  const exponent = viewOf(algorithm['publicExponent']) ?? new Uint8Array([1, 0, 1])
  const publicExponent = exponent.reduce((sum, byte) => sum * 256 + byte, 0)
  return ['rsa', { modulusLength: Number(algorithm['modulusLength']), publicExponent }]
}

function hmacBits({ hash }: Algorithm): number {
  return /384|512/.test(normalize(hash).name) ? 1_024 : 512
}

export function bytesFrom(data: unknown): Uint8Array {
  const view = viewOf(data)
  if (view === undefined) throw new TypeError('The data must be an ArrayBuffer or a view of one')
  return view
}

export function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer
}
