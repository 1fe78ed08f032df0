import { createHash, createHmac, getCiphers, getCurves, getHashes, randomBytes } from 'node:crypto'
import { bufferAt, optionalWhole, textField, wholeField } from './fields.host.ts'
import type { NativeOperation } from './native-work.host.ts'

const maxOutputBytes = 1_048_576

export const digest: NativeOperation = (fields, [data]) => {
  const outputLength = optionalWhole(fields, 'outputLength', maxOutputBytes)
  const hash = createHash(textField(fields, 'algorithm'), outputLength === undefined ? {} : { outputLength })
  return { bytes: hash.update(data ?? Buffer.alloc(0)).digest() }
}

export const hmac: NativeOperation = (fields, buffers) => ({
  bytes: createHmac(textField(fields, 'algorithm'), bufferAt(buffers, 0)).update(bufferAt(buffers, 1)).digest(),
})

export const random: NativeOperation = (fields) => ({
  bytes: randomBytes(wholeField(fields, 'size', 0, maxOutputBytes)),
})

export const lists: NativeOperation = () => ({
  meta: { hashes: getHashes(), ciphers: getCiphers(), curves: getCurves() },
})
