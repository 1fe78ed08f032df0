import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { checkPassphraseWork } from './encrypted-key.host.ts'
import { bufferAt, textField, wholeField } from './fields.host.ts'
import { checkedKey, type KeyCache } from './key-cache.host.ts'
import { NativeError } from './native-error.host.ts'
import type { Fields, NativeOperation, NativeResult } from './native-work.host.ts'

type JsonWebKey = ReturnType<KeyObject['export']> & { kty?: string }

/** Making, reading and writing asymmetric keys. */
export function keyOperations(keys: KeyCache): Record<string, NativeOperation> {
  return {
    generateKeyPair: (fields) => {
      const { publicKey, privateKey } = generate(fields)
      const spki = publicKey.export({ format: 'der', type: 'spki' })
      const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
      return { meta: { ...describe(privateKey), publicBytes: spki.byteLength }, bytes: Buffer.concat([spki, pkcs8]) }
    },
    importKey: (fields, buffers) => described(importKey(fields, buffers)),
    publicOf: (_fields, [der]) => described(createPublicKey(keys.take('private', der ?? Buffer.alloc(0)))),
    exportKey: (fields, [der, passphrase]) =>
      exportKey(keys.take(fields['kind'], der ?? Buffer.alloc(0)), fields, passphrase),
    agree: (_fields, buffers) => {
      const privateKey = keys.take('private', bufferAt(buffers, 0))
      return { bytes: diffieHellman({ privateKey, publicKey: keys.take('public', bufferAt(buffers, 1)) }) }
    },
  }
}

function generate(fields: Fields): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (textField(fields, 'type')) {
    case 'rsa':
    case 'rsa-pss':
      return generateKeyPairSync('rsa', {
        modulusLength: wholeField(fields, 'modulusLength', 512, 4_096),
        publicExponent: wholeField(fields, 'publicExponent', 3, 2 ** 32 - 1),
      })
    case 'ec':
      return generateKeyPairSync('ec', { namedCurve: textField(fields, 'namedCurve') })
    case 'ed25519':
      return generateKeyPairSync('ed25519')
    case 'ed448':
      return generateKeyPairSync('ed448')
    case 'x25519':
      return generateKeyPairSync('x25519')
    case 'x448':
      return generateKeyPairSync('x448')
    default:
      throw new NativeError('ERR_INVALID_ARG_VALUE', 'Keys of this type are not offered here', 'TypeError')
  }
}

function importKey(fields: Fields, [key = Buffer.alloc(0), passphrase]: readonly Buffer[]): KeyObject {
  const wanted = fields['kind'] === 'private' ? 'private' : 'public'
  if (fields['format'] === 'jwk') {
    const jwk = JSON.parse(key.toString()) as JsonWebKey
    return checkedKey(
      wanted === 'private'
        ? createPrivateKey({ key: jwk, format: 'jwk' })
        : createPublicKey({ key: jwk, format: 'jwk' }),
    )
  }
  const secret = passphrase === undefined ? {} : { passphrase }
  if (fields['format'] === 'der') {
    const type = textField(fields, 'type')
    checkPassphraseWork(key)
    if (wanted === 'private')
      return checkedKey(createPrivateKey({ key, format: 'der', type: type as 'pkcs8', ...secret }))
    return checkedKey(createPublicKey({ key, format: 'der', type: type as 'spki', ...secret }))
  }
  checkPassphraseWork(key)
  return checkedKey(wanted === 'private' ? createPrivateKey({ key, ...secret }) : createPublicKey({ key, ...secret }))
}

function exportKey(key: KeyObject, fields: Fields, passphrase: Buffer | undefined): NativeResult {
  if (fields['format'] === 'jwk') return { meta: key.export({ format: 'jwk' }) }
  const cipher = passphrase === undefined ? {} : { cipher: textField(fields, 'cipher'), passphrase }
  const written = key.export({
    format: fields['format'] === 'pem' ? 'pem' : 'der',
    type: textField(fields, 'type') as 'pkcs8',
    ...cipher,
  } as { format: 'der'; type: 'pkcs8' })
  return { bytes: Buffer.from(written) }
}

/** The canonical DER of a key, and what is public about it. */
function described(key: KeyObject): NativeResult {
  const bytes =
    key.type === 'private' ? key.export({ format: 'der', type: 'pkcs8' }) : key.export({ format: 'der', type: 'spki' })
  return { meta: describe(key), bytes }
}

function describe(key: KeyObject): Record<string, unknown> {
  const { publicExponent, ...details } = key.asymmetricKeyDetails ?? {}
  return {
    asymmetricKeyType: key.asymmetricKeyType,
    details: publicExponent === undefined ? details : { ...details, publicExponent: String(publicExponent) },
  }
}
