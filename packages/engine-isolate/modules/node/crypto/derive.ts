import { bytesOf, withCallback, work, workBytes, type Data } from './input.ts'
import { KeyObject, keyFrom } from './key-object.ts'

interface ScryptOptions {
  readonly N?: number
  readonly cost?: number
  readonly r?: number
  readonly blockSize?: number
  readonly p?: number
  readonly parallelization?: number
}

export function pbkdf2Sync(password: Data, salt: Data, iterations: number, length: number, digest: string): Buffer {
  return workBytes('derive', { kind: 'pbkdf2', iterations, length, digest }, bytesOf(password), bytesOf(salt))
}

export function pbkdf2(...values: [...Parameters<typeof pbkdf2Sync>, unknown]): void {
  const [password, salt, iterations, length, digest, callback] = values
  withCallback(callback, () => [pbkdf2Sync(password, salt, iterations, length, digest)])
}

export function scryptSync(password: Data, salt: Data, length: number, options: ScryptOptions = {}): Buffer {
  const { N = options.cost ?? 16_384, r = options.blockSize ?? 8, p = options.parallelization ?? 1 } = options
  return workBytes('derive', { kind: 'scrypt', length, N, r, p }, bytesOf(password), bytesOf(salt))
}

export function scrypt(password: Data, salt: Data, length: number, ...rest: unknown[]): void {
  const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest
  withCallback(callback, () => [scryptSync(password, salt, length, options as ScryptOptions)])
}

export function hkdfSync(digest: string, key: Data | KeyObject, salt: Data, info: Data, length: number): ArrayBuffer {
  const secret = key instanceof KeyObject ? KeyObject.material(key) : bytesOf(key)
  const { bytes } = work('derive', { kind: 'hkdf', digest, length }, secret, bytesOf(salt), bytesOf(info))
  return bytes ?? new ArrayBuffer(0)
}

export function hkdf(...values: [...Parameters<typeof hkdfSync>, unknown]): void {
  const [digest, key, salt, info, length, callback] = values
  withCallback(callback, () => [hkdfSync(digest, key, salt, info, length)])
}

export function diffieHellman({ privateKey, publicKey }: { privateKey: unknown; publicKey: unknown }): Buffer {
  const { material } = KeyObject
  return workBytes('agree', {}, material(keyFrom(privateKey, 'private')), material(keyFrom(publicKey, 'public')))
}
