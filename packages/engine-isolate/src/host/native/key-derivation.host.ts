import { createHash, hkdfSync, pbkdf2Sync, scryptSync } from 'node:crypto'
import { bufferAt, textField, wholeField } from './fields.host.ts'
import { overLimit } from './native-error.host.ts'
import type { Fields, NativeOperation } from './native-work.host.ts'

/** About half a second of one core (measured: some two million HMAC-SHA-256 a second). OWASP asks for 600,000. */
const maxPbkdf2Rounds = 1_000_000
/** `N * r`, which sets the memory: 64 MiB. */
const maxScryptBlocks = 2 ** 19
const maxScryptWork = 2 ** 20
const maxKeyBytes = 65_536

/** Keys from passwords and from other keys. */
export const derive: NativeOperation = (fields, buffers) => {
  const [secret, salt] = [bufferAt(buffers, 0), bufferAt(buffers, 1)]
  const length = wholeField(fields, 'length', 0, maxKeyBytes)
  switch (textField(fields, 'kind')) {
    case 'pbkdf2':
      return { bytes: pbkdf2(fields, secret, salt, length) }
    case 'scrypt':
      return { bytes: scrypt(fields, secret, salt, length) }
    default:
      return {
        bytes: new Uint8Array(hkdfSync(textField(fields, 'digest'), secret, salt, bufferAt(buffers, 2), length)),
      }
  }
}

function pbkdf2(fields: Fields, secret: Buffer, salt: Buffer, length: number): Buffer {
  const iterations = wholeField(fields, 'iterations', 1, 2 ** 31 - 1)
  const digestBytes = createHash(textField(fields, 'digest')).digest().byteLength
  if (iterations * Math.ceil(length / digestBytes) > maxPbkdf2Rounds)
    throw overLimit(`PBKDF2 of ${iterations} iterations and ${length} bytes`)
  return pbkdf2Sync(secret, salt, iterations, length, textField(fields, 'digest'))
}

function scrypt(fields: Fields, secret: Buffer, salt: Buffer, length: number): Buffer {
  const [N, r, p] = ['N', 'r', 'p'].map((name) => wholeField(fields, name, 1, 2 ** 31 - 1)) as [number, number, number]
  if (N * r > maxScryptBlocks || N * r * p > maxScryptWork) throw overLimit(`scrypt of N=${N}, r=${r}, p=${p}`)
  return scryptSync(secret, salt, length, { N, r, p, maxmem: 128 * N * r + 1_048_576 + 128 * r * p })
}
