import { concat } from '../../web/bytes.ts'
import { bytesOf, given, withCallback, work, workBytes, type Data } from './input.ts'
import { KeyObject, keyFrom } from './key-object.ts'

interface SignFields {
  readonly padding?: number
  readonly saltLength?: number
  readonly dsaEncoding?: string
}

/** Options that stand beside the key. */
function fieldsOf(key: unknown): SignFields {
  if (typeof key !== 'object' || key === null || key instanceof KeyObject) return {}
  const { padding, saltLength, dsaEncoding } = key as SignFields
  return {
    ...(padding === undefined ? {} : { padding }),
    ...(saltLength === undefined ? {} : { saltLength }),
    ...(dsaEncoding === undefined ? {} : { dsaEncoding }),
  }
}

function signData(algorithm: string | null | undefined, data: Uint8Array, key: unknown): Buffer {
  const { material } = KeyObject
  return workBytes(
    'sign',
    { algorithm: algorithm ?? null, kind: 'private', ...fieldsOf(key) },
    material(keyFrom(key, 'private')),
    data,
  )
}

function verifyData(
  algorithm: string | null | undefined,
  data: Uint8Array,
  key: unknown,
  signature: Uint8Array,
): boolean {
  const { material } = KeyObject
  const fields = { algorithm: algorithm ?? null, kind: 'public', ...fieldsOf(key) }
  return work('verify', fields, material(keyFrom(key, 'public')), data, signature).meta === true
}

export class Sign {
  readonly #algorithm: string
  readonly #parts: Uint8Array[] = []

  constructor(algorithm: string) {
    this.#algorithm = digestName(algorithm)
  }

  update(data: Data, encoding?: string): this {
    this.#parts.push(bytesOf(data, encoding).slice())
    return this
  }

  end(data?: Data): this {
    return data === undefined ? this : this.update(data)
  }

  sign(key: unknown, encoding?: string): Buffer | string {
    const signature = signData(this.#algorithm, concat(this.#parts), key)
    return given(signature.buffer as ArrayBuffer, encoding)
  }
}

export class Verify {
  readonly #algorithm: string
  readonly #parts: Uint8Array[] = []

  constructor(algorithm: string) {
    this.#algorithm = digestName(algorithm)
  }

  update(data: Data, encoding?: string): this {
    this.#parts.push(bytesOf(data, encoding).slice())
    return this
  }

  end(data?: Data): this {
    return data === undefined ? this : this.update(data)
  }

  verify(key: unknown, signature: Data, encoding?: string): boolean {
    return verifyData(this.#algorithm, concat(this.#parts), key, bytesOf(signature, encoding, 'signature'))
  }
}

export function createSign(algorithm: string): Sign {
  return new Sign(algorithm)
}

export function createVerify(algorithm: string): Verify {
  return new Verify(algorithm)
}

export function sign(
  algorithm: string | null | undefined,
  data: Data,
  key: unknown,
  callback?: unknown,
): Buffer | undefined {
  const run = (): Buffer => signData(algorithm, bytesOf(data), key)
  if (callback === undefined) return run()
  withCallback(callback, () => [run()])
  return undefined
}

export function verify(
  algorithm: string | null | undefined,
  data: Data,
  key: unknown,
  signature: Data,
  callback?: unknown,
): boolean | undefined {
  const run = (): boolean => verifyData(algorithm, bytesOf(data), key, bytesOf(signature, undefined, 'signature'))
  if (callback === undefined) return run()
  withCallback(callback, () => [run()])
  return undefined
}

/** `RSA-SHA256` is what OpenSSL calls the digest in old programs. */
function digestName(algorithm: string): string {
  return String(algorithm).replace(/^RSA-/i, '')
}

interface RsaInput extends SignFields {
  readonly oaepHash?: string
  readonly oaepLabel?: Data
}

function rsa(operation: 'encrypt' | 'decrypt', half: 'public' | 'private', input: unknown, data: Data): Buffer {
  const { padding, oaepHash, oaepLabel } = Object(input instanceof KeyObject ? {} : input) as RsaInput
  const usual = (operation === 'encrypt') === (half === 'public')
  const fields = { kind: half, padding, oaepHash, ...(usual ? {} : { with: half }) }
  const label = oaepLabel === undefined ? [] : [bytesOf(oaepLabel)]
  return workBytes(operation, fields, KeyObject.material(keyFrom(input, half)), bytesOf(data), ...label)
}

export const publicEncrypt = (key: unknown, data: Data): Buffer => rsa('encrypt', 'public', key, data)
export const privateDecrypt = (key: unknown, data: Data): Buffer => rsa('decrypt', 'private', key, data)
export const privateEncrypt = (key: unknown, data: Data): Buffer => rsa('encrypt', 'private', key, data)
export const publicDecrypt = (key: unknown, data: Data): Buffer => rsa('decrypt', 'public', key, data)
