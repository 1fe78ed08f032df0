import { Buffer, INSPECT_MAX_BYTES, kMaxLength } from 'buffer'
import { encoding, forms } from '../web/lazy.ts'

/** The package has no `base64url`, which Node has had since version 14; its decoder reads both alphabets. */
const { isEncoding, byteLength } = Buffer
const { toString, write } = Buffer.prototype
const decoding = (name: unknown): unknown => (isBase64Url(name) ? 'base64' : name)
const from = Buffer.from as (...values: unknown[]) => Buffer

Object.assign(Buffer, {
  isEncoding: (name: string) => isBase64Url(name) || isEncoding(name),
  from: (value: unknown, second?: unknown, third?: unknown) => from(value, decoding(second), third),
  byteLength: (value: string, name?: BufferEncoding) => byteLength(value, decoding(name) as BufferEncoding),
})
Object.assign(Buffer.prototype, {
  toString(this: Buffer, name?: BufferEncoding, start?: number, end?: number): string {
    if (!isBase64Url(name)) return Reflect.apply(toString, this, [name, start, end])
    const text = Reflect.apply(toString, this, ['base64', start, end]) as string
    return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  },
  write(this: Buffer, ...values: unknown[]): number {
    return Reflect.apply(write, this, values.map(decoding) as Parameters<typeof write>)
  },
})

function isBase64Url(name: unknown): boolean {
  return typeof name === 'string' && name.toLowerCase() === 'base64url'
}

export { Buffer, INSPECT_MAX_BYTES, kMaxLength }
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 536_870_888 } as const

Object.defineProperties(module.exports, {
  atob: { get: () => encoding().atob, enumerable: true },
  btoa: { get: () => encoding().btoa, enumerable: true },
  Blob: { get: () => forms().Blob, enumerable: true },
  File: { get: () => forms().File, enumerable: true },
})
declare const module: { readonly exports: object }
