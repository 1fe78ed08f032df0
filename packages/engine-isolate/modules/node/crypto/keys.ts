import { withCallback } from './input.ts'
import { makeKeyPair, randomKey, type KeyObject } from './key-object.ts'

export { createPrivateKey, createPublicKey, createSecretKey, KeyObject } from './key-object.ts'

type PairOptions = Parameters<typeof makeKeyPair>[1]

export const generateKeyPairSync: typeof makeKeyPair = makeKeyPair

export function generateKeyPair(type: string, options: unknown, callback?: unknown): void {
  const [given, done] = typeof options === 'function' ? [{}, options] : [options as PairOptions, callback]
  withCallback(done, () => {
    const { publicKey, privateKey } = makeKeyPair(type, given)
    return [publicKey, privateKey]
  })
}

/** `util.promisify(generateKeyPair)` gives both keys, as in Node. */
Object.defineProperty(generateKeyPair, Symbol.for('nodejs.util.promisify.custom'), {
  value: async (type: string, options?: PairOptions) => makeKeyPair(type, options),
})

export function generateKeySync(type: string, options: { length: number }): KeyObject {
  return randomKey(type, options)
}

export function generateKey(type: string, options: { length: number }, callback: unknown): void {
  withCallback(callback, () => [randomKey(type, options)])
}
