import {
  constants,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { bufferAt } from './fields.host.ts'
import type { KeyCache } from './key-cache.host.ts'
import type { Fields, NativeOperation } from './native-work.host.ts'

/** Signing and encrypting with asymmetric keys. The key's DER is the first buffer. */
export function signatures(keys: KeyCache): Record<string, NativeOperation> {
  const keyOf = (fields: Fields, buffers: readonly Buffer[]): KeyObject =>
    keys.take(fields['kind'], bufferAt(buffers, 0))
  return {
    sign: (fields, buffers) => ({
      bytes: sign(algorithmOf(fields), bufferAt(buffers, 1), signOptions(fields, keyOf(fields, buffers))),
    }),
    verify: (fields, buffers) => ({
      meta: verify(
        algorithmOf(fields),
        bufferAt(buffers, 1),
        signOptions(fields, keyOf(fields, buffers)),
        bufferAt(buffers, 2),
      ),
    }),
    encrypt: (fields, buffers) => {
      const key = keyOf(fields, buffers)
      const options = encryptOptions(fields, key, buffers[2])
      if (fields['with'] === 'private') return { bytes: privateEncrypt(options, bufferAt(buffers, 1)) }
      return { bytes: publicEncrypt(options, bufferAt(buffers, 1)) }
    },
    decrypt: (fields, buffers) => {
      const key = keyOf(fields, buffers)
      const options = encryptOptions(fields, key, buffers[2])
      if (fields['with'] === 'public') return { bytes: publicDecrypt(options, bufferAt(buffers, 1)) }
      return { bytes: privateDecrypt(options, bufferAt(buffers, 1)) }
    },
  }
}

function algorithmOf({ algorithm }: Fields): string | null {
  return typeof algorithm === 'string' ? algorithm : null
}

interface SignOptions {
  readonly key: KeyObject
  readonly padding?: number
  readonly saltLength?: number
  readonly dsaEncoding?: 'der' | 'ieee-p1363'
}

function signOptions({ padding, saltLength, dsaEncoding }: Fields, key: KeyObject): SignOptions {
  return {
    key,
    ...(typeof padding === 'number' ? { padding } : {}),
    ...(typeof saltLength === 'number' ? { saltLength } : {}),
    ...(dsaEncoding === 'ieee-p1363' ? { dsaEncoding } : {}),
  }
}

interface EncryptOptions {
  readonly key: KeyObject
  readonly padding?: number
  readonly oaepHash?: string
  readonly oaepLabel?: Buffer
}

function encryptOptions(
  { padding, oaepHash, with: half }: Fields,
  key: KeyObject,
  label: Buffer | undefined,
): EncryptOptions {
  const usual = half === undefined ? { padding: constants.RSA_PKCS1_OAEP_PADDING } : {}
  return {
    key,
    ...(typeof padding === 'number' ? { padding } : usual),
    ...(typeof oaepHash === 'string' ? { oaepHash } : {}),
    ...(label === undefined ? {} : { oaepLabel: label }),
  }
}
