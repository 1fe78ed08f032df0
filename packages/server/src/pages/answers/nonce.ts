import { randomBytes, randomFillSync } from 'node:crypto'

/** Stands for the nonce in every rendered document, so that a kept copy gets a new one each time it is sent. Nobody outside ever sees it. */
const placeholder: string = `ek${randomBytes(16).toString('hex')}`

const placeholderBytes: Buffer = Buffer.from(placeholder)

export interface CspOptions {
  /** The policy; `{nonce}` is replaced. */
  readonly policy: string
}

export const defaultPolicy: string =
  "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"

export function noncePlaceholder(): string {
  return placeholder
}

const nonceBytes = 16

/** Drawn for many nonces at once: a draw costs more than all else that an answer needs beside its page. */
const drawn: Buffer = Buffer.alloc(256 * nonceBytes)
let used = drawn.byteLength

export function newNonce(): string {
  if (used === drawn.byteLength) {
    randomFillSync(drawn)
    used = 0
  }
  used += nonceBytes
  return drawn.toString('base64', used - nonceBytes, used)
}

export function withNonce(html: Uint8Array, nonce: string): Uint8Array {
  const source = Buffer.from(html.buffer, html.byteOffset, html.byteLength)
  const parts: Buffer[] = []
  const value = Buffer.from(nonce)
  let from = 0
  for (let at = source.indexOf(placeholderBytes); at !== -1; at = source.indexOf(placeholderBytes, from)) {
    parts.push(source.subarray(from, at), value)
    from = at + placeholderBytes.byteLength
  }
  return parts.length === 0 ? html : Buffer.concat([...parts, source.subarray(from)])
}
