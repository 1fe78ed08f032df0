import { createCipheriv, createDecipheriv, getCipherInfo, type CipherGCM, type DecipherGCM } from 'node:crypto'
import { bufferAt, optionalWhole, textField } from './fields.host.ts'
import { NativeError, overLimit } from './native-error.host.ts'
import type { Fields, NativeOperation, NativeResult } from './native-work.host.ts'

/** Each holds memory that no heap limit counts. */
const maxOpen = 256

/** Ciphers of one run that are not finished. */
export class Ciphers {
  readonly #open = new Map<number, CipherGCM | DecipherGCM>()
  #nextId = 1

  operations(): Record<string, NativeOperation> {
    return {
      cipherOpen: (fields, buffers) => this.#start(fields, buffers),
      cipherUpdate: (fields, buffers) => ({ bytes: this.#take(fields).update(bufferAt(buffers, 0)) }),
      cipherFinal: (fields) => this.#finish(fields),
      cipherSet: (fields, buffers) => this.#set(fields, buffers),
      cipherInfo: (fields) => ({ meta: getCipherInfo(textField(fields, 'algorithm')) ?? null }),
    }
  }

  clear(): void {
    this.#open.clear()
  }

  #start(fields: Fields, [key = Buffer.alloc(0), iv]: readonly Buffer[]): NativeResult {
    if (this.#open.size >= maxOpen) throw overLimit('The number of ciphers that are not finished')
    const algorithm = textField(fields, 'algorithm') as 'aes-256-gcm'
    const authTagLength = optionalWhole(fields, 'authTagLength', 16)
    const options = authTagLength === undefined ? {} : { authTagLength }
    const make = fields['decrypt'] === true ? createDecipheriv : createCipheriv
    const cipher = make(algorithm, key, iv ?? (null as unknown as Buffer), options)
    const id = this.#nextId++
    this.#open.set(id, cipher)
    return { meta: id }
  }

  #take({ id }: Fields): CipherGCM | DecipherGCM {
    const cipher = this.#open.get(Number(id))
    if (cipher === undefined) throw new NativeError('ERR_CRYPTO_INVALID_STATE', 'The cipher is finished')
    return cipher
  }

  #finish(fields: Fields): NativeResult {
    const cipher = this.#take(fields)
    this.#open.delete(Number(fields['id']))
    const bytes = cipher.final()
    return {
      bytes,
      meta: 'getAuthTag' in cipher && fields['tag'] === true ? cipher.getAuthTag().toString('hex') : null,
    }
  }

  #set(fields: Fields, [data = Buffer.alloc(0)]: readonly Buffer[]): NativeResult {
    const cipher = this.#take(fields)
    const plaintextLength = optionalWhole(fields, 'plaintextLength', 2 ** 31 - 1)
    switch (textField(fields, 'what')) {
      case 'aad':
        cipher.setAAD(data, plaintextLength === undefined ? {} : { plaintextLength })
        break
      case 'tag':
        if ('setAuthTag' in cipher) cipher.setAuthTag(data)
        break
      default:
        cipher.setAutoPadding(fields['on'] === true)
    }
    return {}
  }
}
