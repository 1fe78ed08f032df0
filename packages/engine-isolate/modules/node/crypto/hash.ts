import { concat } from '../../web/bytes.ts'
import { bytesOf, given, work, type Data } from './input.ts'
import { KeyObject } from './key-object.ts'

/** Collects the data; the host computes the digest in one call. */
abstract class Digest {
  readonly #parts: Uint8Array[] = []
  #finished = false

  abstract compute(data: Uint8Array): ArrayBuffer | undefined

  update(data: Data, encoding?: string): this {
    if (this.#finished) throw finished()
    this.#parts.push(bytesOf(data, encoding).slice())
    return this
  }

  digest(encoding?: string): Buffer | string {
    if (this.#finished) throw finished()
    const result = given(this.compute(this.collected()), encoding)
    this.#finished = true
    return result
  }

  collected(): Uint8Array {
    return concat(this.#parts)
  }
}

export class Hash extends Digest {
  readonly #algorithm: string
  readonly #outputLength: number | undefined

  constructor(algorithm: string, options: { outputLength?: number } = {}) {
    super()
    this.#algorithm = String(algorithm)
    this.#outputLength = options?.outputLength
    // An unknown algorithm is told here, as in Node.
    if (!known.has(this.#algorithm)) this.compute(new Uint8Array(0))
    known.add(this.#algorithm)
  }

  compute(data: Uint8Array): ArrayBuffer | undefined {
    return work('digest', { algorithm: this.#algorithm, outputLength: this.#outputLength }, data).bytes
  }

  copy(): Hash {
    return new Hash(
      this.#algorithm,
      this.#outputLength === undefined ? {} : { outputLength: this.#outputLength },
    ).update(this.collected())
  }
}

const known = new Set<string>()

export class Hmac extends Digest {
  readonly #algorithm: string
  readonly #key: Uint8Array

  constructor(algorithm: string, key: unknown, options: { encoding?: string } = {}) {
    super()
    this.#algorithm = String(algorithm)
    this.#key = key instanceof KeyObject ? KeyObject.material(key) : bytesOf(key, options?.encoding, 'key').slice()
    this.compute(new Uint8Array(0))
  }

  compute(data: Uint8Array): ArrayBuffer | undefined {
    return work('hmac', { algorithm: this.#algorithm }, this.#key, data).bytes
  }
}

export function createHash(algorithm: string, options?: { outputLength?: number }): Hash {
  return new Hash(algorithm, options)
}

export function createHmac(algorithm: string, key: unknown, options?: { encoding?: string }): Hmac {
  return new Hmac(algorithm, key, options)
}

/** https://nodejs.org/api/crypto.html#cryptohashalgorithm-data-options */
export function hash(
  algorithm: string,
  data: Data,
  encoding: string | { outputEncoding?: string } = 'hex',
): Buffer | string {
  const output = typeof encoding === 'object' ? (encoding?.outputEncoding ?? 'hex') : encoding
  return createHash(algorithm).update(data).digest(output)
}

function finished(): Error {
  return Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' })
}
