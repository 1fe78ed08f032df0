import { DOMException } from './events.ts'
export { TextDecoder, TextEncoder } from '@exodus/bytes/encoding.js'

interface Base64 {
  fromBase64(text: string, options?: { lastChunkHandling?: 'loose' }): Uint8Array
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#dom-atob */
export function atob(data: string): string {
  if (arguments.length === 0) throw new TypeError('1 argument required, but only 0 present')
  let bytes: Uint8Array
  try {
    bytes = (Uint8Array as unknown as Base64).fromBase64(String(data), { lastChunkHandling: 'loose' })
  } catch {
    throw new DOMException('The string to be decoded is not correctly encoded', 'InvalidCharacterError')
  }
  let text = ''
  for (let start = 0; start < bytes.length; start += 8_192)
    text += String.fromCharCode(...bytes.subarray(start, start + 8_192))
  return text
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#dom-btoa */
export function btoa(data: string): string {
  if (arguments.length === 0) throw new TypeError('1 argument required, but only 0 present')
  const text = String(data)
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit > 255)
      throw new DOMException(
        'The string to be encoded contains characters outside of the Latin1 range',
        'InvalidCharacterError',
      )
    bytes[index] = unit
  }
  return (bytes as unknown as { toBase64(): string }).toBase64()
}
