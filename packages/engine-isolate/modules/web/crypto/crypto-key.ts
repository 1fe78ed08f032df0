import type { KeyObject } from '../../node/crypto/key-object.ts'
import { events } from '../lazy.ts'

export type KeyUsage = 'encrypt' | 'decrypt' | 'sign' | 'verify' | 'deriveKey' | 'deriveBits' | 'wrapKey' | 'unwrapKey'

/** An algorithm as a caller gives it, its name in the spelling of the standard. */
export interface Algorithm {
  readonly name: string
  readonly [parameter: string]: unknown
}

const constructing = Symbol('constructing')
const material = new WeakMap<CryptoKey, KeyObject>()

/** https://w3c.github.io/webcrypto/#cryptokey-interface. Inspecting a key shows what is public about it. */
export class CryptoKey {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: Algorithm
  readonly usages: readonly KeyUsage[]

  constructor(
    token: unknown,
    key: KeyObject,
    algorithm: Algorithm,
    rights: { extractable: boolean; usages: readonly KeyUsage[] },
  ) {
    if (token !== constructing) throw new TypeError('Illegal constructor')
    this.type = key.type
    this.extractable = rights.extractable
    this.algorithm = algorithm
    this.usages = [...new Set(rights.usages)]
    material.set(this, key)
    Object.freeze(this)
  }

  get [Symbol.toStringTag](): string {
    return 'CryptoKey'
  }
}

export function newKey(
  key: KeyObject,
  algorithm: Algorithm,
  extractable: boolean,
  usages: readonly KeyUsage[],
): CryptoKey {
  return new CryptoKey(constructing, key, algorithm, { extractable, usages })
}

export function keyOf(key: CryptoKey): KeyObject {
  const found = material.get(key)
  if (found === undefined) throw new TypeError('The key is not a CryptoKey')
  return found
}

/** The key's material, when its algorithm and its usages allow the operation. */
export function keyFor(key: CryptoKey, name: string, usage: KeyUsage): KeyObject {
  const found = keyOf(key)
  if (key.algorithm.name !== name) throw failure('InvalidAccessError', 'The key is for another algorithm')
  if (!key.usages.includes(usage)) throw failure('InvalidAccessError', `The key does not allow "${usage}"`)
  return found
}

export function failure(name: string, message: string): Error {
  const { DOMException } = events()
  return new DOMException(message, name)
}

const names: readonly string[] = [
  'AES-CBC',
  'AES-CTR',
  'AES-GCM',
  'AES-KW',
  'ECDH',
  'ECDSA',
  'Ed25519',
  'HKDF',
  'HMAC',
  'PBKDF2',
  'RSA-OAEP',
  'RSA-PSS',
  'RSASSA-PKCS1-v1_5',
  'SHA-1',
  'SHA-256',
  'SHA-384',
  'SHA-512',
  'X25519',
]

/** https://w3c.github.io/webcrypto/#algorithm-normalization-normalize-an-algorithm */
export function normalize(algorithm: unknown): Algorithm {
  const given = typeof algorithm === 'string' ? { name: algorithm } : (Object(algorithm) as { name?: unknown })
  if (given.name === undefined) throw new TypeError('The algorithm has no name')
  const wanted = String(given.name).toUpperCase()
  const name = names.find((each) => each.toUpperCase() === wanted)
  if (name === undefined)
    throw failure('NotSupportedError', `The algorithm "${String(given.name).slice(0, 100)}" is not supported`)
  return { ...given, name }
}

/** `SHA-256` to Node's `sha256`. */
export function digestOf(hash: unknown): string {
  const { name } = normalize(hash)
  if (!name.startsWith('SHA-')) throw failure('NotSupportedError', `"${name}" is no digest`)
  return name.replace('-', '').toLowerCase()
}
