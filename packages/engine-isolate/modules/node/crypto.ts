import { work } from './crypto/input.ts'

export { createHash, createHmac, Hash, hash, Hmac } from './crypto/hash.ts'
export {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKey,
  generateKeyPair,
  generateKeyPairSync,
  generateKeySync,
  KeyObject,
} from './crypto/keys.ts'
export {
  createSign,
  createVerify,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  Sign,
  sign,
  Verify,
  verify,
} from './crypto/sign.ts'
export { Cipheriv, createCipheriv, createDecipheriv, Decipheriv, getCipherInfo } from './crypto/cipher.ts'
export { diffieHellman, hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from './crypto/derive.ts'
export { createECDH, ECDH } from './crypto/ecdh.ts'
export {
  pseudoRandomBytes,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  timingSafeEqual,
} from './crypto/random.ts'

interface Lists {
  readonly hashes: readonly string[]
  readonly ciphers: readonly string[]
  readonly curves: readonly string[]
}

const lists = (): Lists => work('lists', {}).meta as Lists
export const getHashes = (): readonly string[] => lists().hashes
export const getCiphers = (): readonly string[] => lists().ciphers
export const getCurves = (): readonly string[] => lists().curves

/** https://nodejs.org/api/crypto.html#crypto-constants, those that the functions here take. */
export const constants = {
  RSA_PKCS1_PADDING: 1,
  RSA_NO_PADDING: 3,
  RSA_PKCS1_OAEP_PADDING: 4,
  RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1,
  RSA_PSS_SALTLEN_MAX_SIGN: -2,
  RSA_PSS_SALTLEN_AUTO: -2,
} as const

type WebCrypto = typeof import('../web/crypto.ts')
const web = (): WebCrypto => require('web/crypto') as WebCrypto

Object.defineProperties(module.exports, {
  webcrypto: { get: () => web().crypto, enumerable: true },
  subtle: { get: () => web().crypto.subtle, enumerable: true },
  getRandomValues: { get: () => web().crypto.getRandomValues.bind(web().crypto), enumerable: true },
})
declare const module: { readonly exports: object }
