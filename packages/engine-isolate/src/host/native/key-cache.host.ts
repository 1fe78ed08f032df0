import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { NativeError, overLimit } from './native-error.host.ts'

const maxParsed = 32
/** A signature with a larger RSA key takes longer than a block should wait. */
const maxModulusBits = 8_192

/** Keys of one run. The guest holds them as DER; the last ones stay parsed. */
export class KeyCache {
  readonly #parsed = new Map<string, KeyObject>()

  /** @param kind `public` (SPKI), `private` (PKCS #8) or `secret` (the bytes themselves). */
  take(kind: unknown, der: Buffer): KeyObject {
    if (kind === 'secret') return createSecretKey(der)
    const id = `${String(kind)}:${der.toString('base64')}`
    const key = this.#parsed.get(id) ?? parse(kind, der)
    this.#parsed.delete(id)
    this.#parsed.set(id, key)
    for (const oldest of this.#parsed.keys()) {
      if (this.#parsed.size <= maxParsed) break
      this.#parsed.delete(oldest)
    }
    return key
  }
}

function parse(kind: unknown, der: Buffer): KeyObject {
  if (kind === 'private') return checkedKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  if (kind === 'public') return checkedKey(createPublicKey({ key: der, format: 'der', type: 'spki' }))
  throw new NativeError('ERR_INVALID_ARG_TYPE', 'The key is of no known kind', 'TypeError')
}

const keyTypes: ReadonlySet<string | undefined> = new Set([
  'rsa',
  'rsa-pss',
  'ec',
  'ed25519',
  'ed448',
  'x25519',
  'x448',
])

/** Refuses keys whose use no clock could stop, such as a modulus of a million bits. */
export function checkedKey(key: KeyObject): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (!keyTypes.has(type))
    throw new NativeError('ERR_FEATURE_UNAVAILABLE', `Keys of type ${String(type)} are not offered here`)
  if ((details?.modulusLength ?? 0) > maxModulusBits) throw overLimit(`A modulus of ${details?.modulusLength} bits`)
  return key
}
