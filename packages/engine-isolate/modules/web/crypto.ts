import { native } from 'evenkeel:host'
import { viewOf } from './bytes.ts'
import { CryptoKey } from './crypto/crypto-key.ts'
import { SubtleCrypto } from './crypto/subtle.ts'
import { events } from './lazy.ts'

/** https://w3c.github.io/webcrypto/#crypto-interface */
export class Crypto {
  readonly subtle: SubtleCrypto = new SubtleCrypto()

  getRandomValues<T extends ArrayBufferView>(target: T): T {
    const { DOMException } = events()
    if (!ArrayBuffer.isView(target) || /Float|DataView/.test(Object.prototype.toString.call(target)))
      throw new DOMException('The data must be an integer typed array', 'TypeMismatchError')
    if (target.byteLength > 65_536)
      throw new DOMException(
        `The requested length ${target.byteLength} is above the limit of 65536 bytes`,
        'QuotaExceededError',
      )
    const { bytes } = native('random', { size: target.byteLength })
    viewOf(target)?.set(new Uint8Array(bytes ?? new ArrayBuffer(0)))
    return target
  }

  randomUUID(): string {
    const { randomUUID } = require('crypto') as { randomUUID(): string }
    return randomUUID()
  }

  get [Symbol.toStringTag](): string {
    return 'Crypto'
  }
}

export const crypto: Crypto = new Crypto()
export { CryptoKey, SubtleCrypto }
