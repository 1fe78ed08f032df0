import type { KeyObject } from '../../node/crypto/key-object.ts'
import { decryptWith, encryptWith } from './encryption.ts'
import {
  digestOf,
  failure,
  keyFor,
  keyOf,
  normalize,
  type Algorithm,
  type CryptoKey,
  type KeyUsage,
} from './crypto-key.ts'
import { bufferOf, bytesFrom, exportKey, generateKey, importKey, node, type KeyFormat } from './key-formats.ts'

type PairOrKey = ReturnType<typeof generateKey>

/** https://w3c.github.io/webcrypto/#subtlecrypto-interface. The work is done before the promise is there. */
export class SubtleCrypto {
  async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    return bufferOf(node().createHash(digestOf(algorithm)).update(bytesFrom(data)).digest() as Uint8Array)
  }

  async generateKey(algorithm: unknown, extractable: boolean, usages: readonly KeyUsage[]): Promise<PairOrKey> {
    return operation(() => generateKey(algorithm, extractable, usages))
  }

  async importKey(...values: readonly [KeyFormat, unknown, unknown, boolean, readonly KeyUsage[]]): Promise<CryptoKey> {
    const [format, data, algorithm, extractable, usages] = values
    return importKey(format, data, algorithm, { extractable, usages })
  }

  async exportKey(format: KeyFormat, key: CryptoKey): Promise<unknown> {
    return exportKey(format, key)
  }

  async sign(algorithm: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
    const parameters = normalize(algorithm)
    const object = keyFor(key, parameters.name, 'sign')
    return operation(() => bufferOf(signWith(parameters, key, object, bytesFrom(data))))
  }

  async verify(algorithm: unknown, key: CryptoKey, signature: unknown, data: unknown): Promise<boolean> {
    const parameters = normalize(algorithm)
    const object = keyFor(key, parameters.name, 'verify')
    const [given, bytes] = [bytesFrom(signature), bytesFrom(data)]
    if (parameters.name !== 'HMAC') {
      const [digest, options] = signOptions(parameters, key)
      return node().verify(digest, bytes, { key: object, ...options }, given) === true
    }
    const expected = signWith(parameters, key, object, bytes)
    return expected.byteLength === given.byteLength && node().timingSafeEqual(expected, given)
  }

  async encrypt(algorithm: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
    const parameters = normalize(algorithm)
    const object = keyFor(key, parameters.name, 'encrypt')
    return operation(() => bufferOf(encryptWith(parameters, key, object, bytesFrom(data))))
  }

  async decrypt(algorithm: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
    const parameters = normalize(algorithm)
    const object = keyFor(key, parameters.name, 'decrypt')
    return operation(() => bufferOf(decryptWith(parameters, key, object, bytesFrom(data))))
  }

  async deriveBits(algorithm: unknown, key: CryptoKey, length: number | null = null): Promise<ArrayBuffer> {
    const parameters = normalize(algorithm)
    if (!key.usages.includes('deriveBits')) throw failure('InvalidAccessError', 'The key does not allow "deriveBits"')
    return operation(() => derive(parameters, key, length))
  }

  async deriveKey(...values: readonly [unknown, CryptoKey, unknown, boolean, readonly KeyUsage[]]): Promise<CryptoKey> {
    const [algorithm, key, derived, extractable, usages] = values
    const parameters = normalize(algorithm)
    if (!key.usages.includes('deriveKey')) throw failure('InvalidAccessError', 'The key does not allow "deriveKey"')
    const target = normalize(derived)
    const length = Number(
      target['length'] ??
        (target.name === 'HMAC' ? (/384|512/.test(normalize(target['hash']).name) ? 1_024 : 512) : 256),
    )
    const bits = await operation(() => derive(parameters, key, length))
    return importKey('raw', bits, target, { extractable, usages })
  }

  async wrapKey(format: KeyFormat, key: CryptoKey, wrapping: CryptoKey, algorithm: unknown): Promise<ArrayBuffer> {
    const parameters = normalize(algorithm)
    const object = keyFor(wrapping, parameters.name, 'wrapKey')
    const exported = exportKey(format, key)
    const bytes = format === 'jwk' ? new TextEncoder().encode(JSON.stringify(exported)) : bytesFrom(exported)
    return operation(() => bufferOf(encryptWith(parameters, wrapping, object, bytes)))
  }

  async unwrapKey(
    ...values: readonly [KeyFormat, unknown, CryptoKey, unknown, unknown, boolean, readonly KeyUsage[]]
  ): Promise<CryptoKey> {
    const [format, wrapped, unwrapping, algorithm, unwrapped, extractable, usages] = values
    const parameters = normalize(algorithm)
    const object = keyFor(unwrapping, parameters.name, 'unwrapKey')
    const bytes = await operation(() => decryptWith(parameters, unwrapping, object, bytesFrom(wrapped)))
    const data: unknown = format === 'jwk' ? JSON.parse(new TextDecoder().decode(bytes)) : bytes
    return importKey(format, data, unwrapped, { extractable, usages })
  }

  get [Symbol.toStringTag](): string {
    return 'SubtleCrypto'
  }
}

/** The standard has one name for whatever goes wrong inside an operation. */
async function operation<T>(run: () => T): Promise<T> {
  try {
    return run()
  } catch (error) {
    if (Object.prototype.toString.call(error) === '[object DOMException]' || error instanceof TypeError) throw error
    throw failure('OperationError', (error as Error).message)
  }
}

function signWith(parameters: Algorithm, key: CryptoKey, object: KeyObject, data: Uint8Array): Uint8Array {
  const { createHmac, sign } = node()
  if (parameters.name === 'HMAC')
    return createHmac(digestOf(key.algorithm['hash']), object).update(data).digest() as Uint8Array
  const [digest, options] = signOptions(parameters, key)
  return sign(digest, data, { key: object, ...options }) as Uint8Array
}

/** Digest and options of Node's `sign` for an algorithm of the standard. */
function signOptions(parameters: Algorithm, key: CryptoKey): [digest: string | null, options: object] {
  switch (parameters.name) {
    case 'RSASSA-PKCS1-v1_5':
      return [digestOf(key.algorithm['hash']), { padding: 1 }]
    case 'RSA-PSS':
      return [digestOf(key.algorithm['hash']), { padding: 6, saltLength: Number(parameters['saltLength']) }]
    case 'ECDSA':
      return [digestOf(parameters['hash']), { dsaEncoding: 'ieee-p1363' }]
    case 'Ed25519':
      return [null, {}]
    default:
      throw failure('NotSupportedError', `${parameters.name} does not sign`)
  }
}

function derive(parameters: Algorithm, key: CryptoKey, length: number | null): ArrayBuffer {
  const { pbkdf2Sync, hkdfSync, diffieHellman } = node()
  const object = keyOf(key)
  if (key.algorithm.name !== parameters.name) throw failure('InvalidAccessError', 'The key is for another algorithm')
  if (parameters.name === 'ECDH' || parameters.name === 'X25519') {
    const shared = diffieHellman({ privateKey: object, publicKey: keyOf(parameters['public'] as CryptoKey) })
    if (length !== null && length > shared.byteLength * 8)
      throw failure('OperationError', 'The length is above what the curve gives')
    return length === null ? bufferOf(shared) : firstBits(bufferOf(shared), length)
  }
  if (length === null || length % 8 !== 0) throw failure('OperationError', 'The length must be a multiple of 8')
  const secret = object.export() as Uint8Array
  const salt = bytesFrom(parameters['salt'])
  const digest = digestOf(parameters['hash'])
  // OpenSSL derives no empty secrets; the standard does, of parameters that are right.
  const bytes = Math.max(1, length / 8)
  if (parameters.name === 'PBKDF2') {
    const bits = bufferOf(pbkdf2Sync(secret, salt, Number(parameters['iterations']), bytes, digest))
    return firstBits(bits, length)
  }
  if (parameters.name === 'HKDF')
    return firstBits(hkdfSync(digest, secret, salt, bytesFrom(parameters['info']), bytes), length)
  throw failure('NotSupportedError', `${parameters.name} does not derive`)
}

/** What is left over in the last byte is 0. */
function firstBits(buffer: ArrayBuffer, length: number): ArrayBuffer {
  const bytes = new Uint8Array(buffer.slice(0, Math.ceil(length / 8)))
  const last = bytes.length - 1
  if (length % 8 !== 0) bytes[last] = (bytes[last] ?? 0) & (0xff << (8 - (length % 8)))
  return bytes.buffer
}
