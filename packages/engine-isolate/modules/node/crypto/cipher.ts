import { Buffer } from 'node:buffer'
import { bytesOf, given, work, type Data } from './input.ts'
import { KeyObject } from './key-object.ts'

interface CipherOptions {
  readonly authTagLength?: number
}

/** https://nodejs.org/api/crypto.html#class-cipheriv. The state is in the host until `final`. */
class CipherBase {
  readonly #id: number
  readonly #decrypt: boolean
  #tag: Buffer | undefined

  constructor(decrypt: boolean, algorithm: string, key: unknown, iv: unknown, options: CipherOptions = {}) {
    const bytes = key instanceof KeyObject ? KeyObject.material(key) : bytesOf(key, undefined, 'key')
    const parts = iv === null || iv === undefined ? [bytes] : [bytes, bytesOf(iv, undefined, 'iv')]
    this.#decrypt = decrypt
    this.#id = work(
      'cipherOpen',
      { algorithm: String(algorithm), decrypt, authTagLength: options?.authTagLength },
      ...parts,
    ).meta as number
  }

  update(data: Data, inputEncoding?: string, outputEncoding?: string): Buffer | string {
    return given(work('cipherUpdate', { id: this.#id }, bytesOf(data, inputEncoding)).bytes, outputEncoding)
  }

  final(outputEncoding?: string): Buffer | string {
    const { meta, bytes } = work('cipherFinal', { id: this.#id, tag: !this.#decrypt && this.#hasTag })
    if (typeof meta === 'string') this.#tag = Buffer.from(meta, 'hex')
    return given(bytes, outputEncoding)
  }

  /** Only some modes have a tag; the host is asked for it at the end. */
  #hasTag = false

  expectTag(algorithm: string): void {
    this.#hasTag = /gcm|ccm|ocb|poly1305/i.test(algorithm)
  }

  setAutoPadding(on: boolean = true): this {
    work('cipherSet', { id: this.#id, what: 'padding', on })
    return this
  }

  setAAD(data: Data, options: { plaintextLength?: number; encoding?: string } = {}): this {
    work(
      'cipherSet',
      { id: this.#id, what: 'aad', plaintextLength: options?.plaintextLength },
      bytesOf(data, options?.encoding),
    )
    return this
  }

  setAuthTag(tag: Data, encoding?: string): this {
    work('cipherSet', { id: this.#id, what: 'tag' }, bytesOf(tag, encoding))
    return this
  }

  getAuthTag(): Buffer {
    if (this.#tag !== undefined) return this.#tag
    throw Object.assign(new Error('Invalid state for operation getAuthTag'), { code: 'ERR_CRYPTO_INVALID_STATE' })
  }
}

export class Cipheriv extends CipherBase {
  constructor(algorithm: string, key: unknown, iv: unknown, options?: CipherOptions) {
    super(false, algorithm, key, iv, options)
    this.expectTag(String(algorithm))
  }
}

export class Decipheriv extends CipherBase {
  constructor(algorithm: string, key: unknown, iv: unknown, options?: CipherOptions) {
    super(true, algorithm, key, iv, options)
  }
}

export function createCipheriv(algorithm: string, key: unknown, iv: unknown, options?: CipherOptions): Cipheriv {
  return new Cipheriv(algorithm, key, iv, options)
}

export function createDecipheriv(algorithm: string, key: unknown, iv: unknown, options?: CipherOptions): Decipheriv {
  return new Decipheriv(algorithm, key, iv, options)
}

export function getCipherInfo(algorithm: string): unknown {
  return work('cipherInfo', { algorithm: String(algorithm) }).meta ?? undefined
}
