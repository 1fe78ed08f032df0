import { Buffer } from 'node:buffer'
import { bytesOf, given } from './input.ts'
import { diffieHellman } from './derive.ts'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from './keys.ts'

interface Jwk {
  readonly crv: string
  readonly x: string
  readonly y: string
  readonly d?: string
}

/** Names of Node and of JWK for the curves whose points can be written down. */
const curves: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  'P-256': 'P-256',
  secp384r1: 'P-384',
  'P-384': 'P-384',
  secp521r1: 'P-521',
  'P-521': 'P-521',
  secp256k1: 'secp256k1',
}

/** https://nodejs.org/api/crypto.html#class-ecdh, for the curves that JSON Web Keys know. */
export class ECDH {
  readonly #curve: string
  readonly #name: string
  #key: KeyObject | undefined

  constructor(curve: string) {
    this.#name = String(curve)
    const known = Object.hasOwn(curves, this.#name) ? curves[this.#name] : undefined
    if (known === undefined)
      throw Object.assign(new TypeError('Invalid EC curve name'), { code: 'ERR_CRYPTO_INVALID_CURVE' })
    this.#curve = known
  }

  generateKeys(encoding?: string): Buffer | string {
    this.#key = generateKeyPairSync('ec', { namedCurve: this.#name }).privateKey as KeyObject
    return this.getPublicKey(encoding)
  }

  getPublicKey(encoding?: string): Buffer | string {
    const { x, y } = this.#jwk()
    const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
    return given(new Uint8Array(point).buffer, encoding)
  }

  getPrivateKey(encoding?: string): Buffer | string {
    return given(new Uint8Array(Buffer.from(this.#jwk().d ?? '', 'base64url')).buffer, encoding)
  }

  computeSecret(other: unknown, inputEncoding?: string, outputEncoding?: string): Buffer | string {
    const point = bytesOf(other, inputEncoding, 'otherPublicKey')
    const half = (point.byteLength - 1) / 2
    const part = (start: number): string => Buffer.from(point.slice(start, start + half)).toString('base64url')
    const key = { kty: 'EC', crv: this.#curve, x: part(1), y: part(1 + half) }
    const publicKey = createPublicKey({ key, format: 'jwk' })
    return given(new Uint8Array(diffieHellman({ privateKey: this.#key, publicKey })).buffer, outputEncoding)
  }

  /** Takes a PKCS #8 or SEC 1 key in DER; a bare number has no public half to go with it. */
  setPrivateKey(key: unknown): this {
    this.#key = createPrivateKey(key)
    return this
  }

  #jwk(): Jwk {
    if (this.#key === undefined)
      throw Object.assign(new Error('Failed to get ECDH key'), { code: 'ERR_CRYPTO_ECDH_NO_KEY' })
    return this.#key.export({ format: 'jwk' }) as Jwk
  }
}

export function createECDH(curve: string): ECDH {
  return new ECDH(curve)
}
