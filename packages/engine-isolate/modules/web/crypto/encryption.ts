import { Buffer } from 'node:buffer'
import type { KeyObject } from '../../node/crypto/key-object.ts'
import { digestOf, failure, type Algorithm, type CryptoKey } from './crypto-key.ts'
import { bytesFrom, node } from './key-formats.ts'

/** RFC 3394 */
const keyWrapIv = new Uint8Array(8).fill(0xa6)

export function encryptWith(parameters: Algorithm, key: CryptoKey, object: KeyObject, data: Uint8Array): Uint8Array {
  const { createCipheriv, publicEncrypt } = node()
  if (parameters.name === 'RSA-OAEP') return publicEncrypt(oaep(parameters, key, object) as never, data)
  const { name, iv, options, tagBytes } = cipherOf(parameters, key)
  const cipher = createCipheriv(name, object, iv, options)
  if (parameters['additionalData'] !== undefined) cipher.setAAD(bytesFrom(parameters['additionalData']))
  const parts = [cipher.update(data), cipher.final()] as Buffer[]
  return Buffer.concat(tagBytes === 0 ? parts : [...parts, cipher.getAuthTag()])
}

export function decryptWith(parameters: Algorithm, key: CryptoKey, object: KeyObject, data: Uint8Array): Uint8Array {
  const { createDecipheriv, privateDecrypt } = node()
  if (parameters.name === 'RSA-OAEP') return privateDecrypt(oaep(parameters, key, object) as never, data)
  const { name, iv, options, tagBytes } = cipherOf(parameters, key)
  if (data.byteLength < tagBytes) throw failure('OperationError', 'The data is shorter than its tag')
  const decipher = createDecipheriv(name, object, iv, options)
  if (parameters['additionalData'] !== undefined) decipher.setAAD(bytesFrom(parameters['additionalData']))
  if (tagBytes > 0) decipher.setAuthTag(data.slice(-tagBytes))
  const text = tagBytes > 0 ? data.slice(0, -tagBytes) : data
  return Buffer.concat([decipher.update(text), decipher.final()] as Buffer[])
}

interface CipherChoice {
  readonly name: string
  readonly iv: Uint8Array
  readonly options: { authTagLength?: number }
  readonly tagBytes: number
}

function cipherOf(parameters: Algorithm, key: CryptoKey): CipherChoice {
  const bits = Number(key.algorithm['length'])
  switch (parameters.name) {
    case 'AES-CBC':
      return { name: `aes-${bits}-cbc`, iv: blockOf(parameters, 'iv'), options: {}, tagBytes: 0 }
    case 'AES-CTR': {
      const counterBits = Number(parameters['length'])
      if (!(counterBits >= 1 && counterBits <= 128))
        throw failure('OperationError', 'The "length" of a counter is from 1 to 128 bits')
      return { name: `aes-${bits}-ctr`, iv: blockOf(parameters, 'counter'), options: {}, tagBytes: 0 }
    }
    case 'AES-KW':
      return { name: `id-aes${bits}-wrap`, iv: keyWrapIv, options: {}, tagBytes: 0 }
    case 'AES-GCM': {
      const tagBytes = Number(parameters['tagLength'] ?? 128) / 8
      if (!tagSizes.has(tagBytes)) throw failure('OperationError', 'The "tagLength" is none that AES-GCM has')
      return {
        name: `aes-${bits}-gcm`,
        iv: bytesFrom(parameters['iv']),
        options: { authTagLength: tagBytes },
        tagBytes,
      }
    }
    default:
      throw failure('NotSupportedError', `${parameters.name} does not encrypt`)
  }
}

/** Bytes of a tag: https://w3c.github.io/webcrypto/#aes-gcm-operations-encrypt */
const tagSizes: ReadonlySet<number> = new Set([4, 8, 12, 13, 14, 15, 16])

/** A parameter that is as long as a block of AES. */
function blockOf(parameters: Algorithm, name: string): Uint8Array {
  const bytes = bytesFrom(parameters[name])
  if (bytes.byteLength === 16) return bytes
  throw failure('OperationError', `The "${name}" must have 16 bytes, not ${bytes.byteLength}`)
}

function oaep(parameters: Algorithm, key: CryptoKey, object: KeyObject): object {
  const label = parameters['label'] === undefined ? {} : { oaepLabel: bytesFrom(parameters['label']) }
  return { key: object, padding: 4, oaepHash: digestOf(key.algorithm['hash']), ...label }
}
