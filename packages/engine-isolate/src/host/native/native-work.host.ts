import ivm from 'isolated-vm'
import { Ciphers } from './ciphers.host.ts'
import { digest, hmac, lists, random } from './digests.host.ts'
import { derive } from './key-derivation.host.ts'
import { KeyCache } from './key-cache.host.ts'
import { keyOperations } from './keys.host.ts'
import { NativeError, overLimit } from './native-error.host.ts'
import { signatures } from './signatures.host.ts'

/** What an operation gives back: a plain value, and bytes. */
export interface NativeResult {
  readonly meta?: unknown
  readonly bytes?: Uint8Array
}

/** Fields of the metadata, unchecked. */
export type Fields = Readonly<Record<string, unknown>>
export type NativeOperation = (fields: Fields, buffers: readonly Buffer[]) => NativeResult

/** Of all buffers of one call. */
const maxBytes = 64 * 1_048_576

/**
 * Cryptography for the guest, done by Node in this process while the guest waits. Nothing can interrupt it, so each operation refuses
 * arguments that would make it long; the supervisor's kill is behind that. Everything that comes in is hostile.
 */
export class NativeWork implements Disposable {
  readonly #ciphers = new Ciphers()
  readonly #operations: ReadonlyMap<string, NativeOperation>

  constructor() {
    const keys = new KeyCache()
    this.#operations = new Map<string, NativeOperation>([
      ['digest', digest],
      ['hmac', hmac],
      ['lists', lists],
      ['random', random],
      ['derive', derive],
      ...Object.entries(keyOperations(keys)),
      ...Object.entries(signatures(keys)),
      ...Object.entries(this.#ciphers.operations()),
    ])
  }

  /** Never throws: an error of the host would show the guest where the host is. */
  run([name, text, ...buffers]: readonly unknown[]): ivm.Copy<unknown> {
    try {
      const operation = this.#operations.get(String(name))
      if (operation === undefined) throw new NativeError('ERR_FEATURE_UNAVAILABLE', 'There is no such operation')
      const { meta, bytes } = operation(fieldsOf(text), checkedBuffers(buffers))
      const reply = meta === undefined ? {} : { meta: JSON.stringify(meta) }
      return copyOf(bytes === undefined ? reply : { ...reply, bytes: new Uint8Array(bytes).buffer })
    } catch (error) {
      return copyOf({ error: errorOf(error) })
    }
  }

  [Symbol.dispose](): void {
    this.#ciphers.clear()
  }
}

function fieldsOf(text: unknown): Fields {
  return Object((typeof text === 'string' ? JSON.parse(text) : {}) as unknown) as Fields
}

function checkedBuffers(values: readonly unknown[]): Buffer[] {
  const buffers = values.map((value) => {
    if (!(value instanceof ArrayBuffer))
      throw new NativeError('ERR_INVALID_ARG_TYPE', 'Bytes were expected', 'TypeError')
    return Buffer.from(value)
  })
  if (buffers.reduce((sum, each) => sum + each.byteLength, 0) > maxBytes) throw overLimit('The data')
  return buffers
}

function errorOf(error: unknown): { message: string; code: string; name: string } {
  const { name, message, code } = error as { name?: unknown; message?: unknown; code?: unknown }
  return {
    name: name === 'TypeError' || name === 'RangeError' ? name : 'Error',
    message: typeof message === 'string' ? message.slice(0, 500) : 'The operation failed',
    code: typeof code === 'string' ? code : 'ERR_CRYPTO_OPERATION_FAILED',
  }
}

function copyOf(value: unknown): ivm.Copy<unknown> {
  return new ivm.ExternalCopy(value).copyInto({ release: true })
}
