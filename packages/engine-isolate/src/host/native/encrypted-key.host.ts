import { NativeError, overLimit } from './native-error.host.ts'

const maxIterations = 1_000_000

/** DER of the object identifiers that say how a passphrase becomes a key. */
const pbes2 = Buffer.from('06092a864886f70d01050d', 'hex')
const pbkdf2 = Buffer.from('06092a864886f70d01050c', 'hex')
const otherSchemes = [Buffer.from('060a2a864886f70d010c01', 'hex'), Buffer.from('06092b06010401da47040b', 'hex')]

/**
 * An encrypted key names its own work factor, so whoever sends it could keep a core busy for minutes. Only PBKDF2 (RFC 8018, what
 * OpenSSL and Node write) with a sane count is read.
 */
export function checkPassphraseWork(key: Buffer): void {
  const der = derOf(key)
  if (otherSchemes.some((scheme) => der.includes(scheme)))
    throw new NativeError('ERR_FEATURE_UNAVAILABLE', 'Only keys encrypted with PBES2 and PBKDF2 can be read')
  if (!der.includes(pbes2)) return
  const at = der.indexOf(pbkdf2)
  if (at === -1)
    throw new NativeError('ERR_FEATURE_UNAVAILABLE', 'Only keys encrypted with PBES2 and PBKDF2 can be read')
  if (iterationsAfter(der, at + pbkdf2.byteLength) > maxIterations)
    throw overLimit('The iteration count of the encrypted key')
}

/** Of all PEM blocks, one after the other; other bytes are DER already. */
function derOf(key: Buffer): Buffer {
  const text = key.toString('latin1')
  if (!text.includes('-----BEGIN')) return key
  const blocks = [...text.matchAll(/-----BEGIN [^-]*-----([^-]*)-----END/g)]
  return Buffer.concat(blocks.map((match) => Buffer.from(match[1] ?? '', 'base64')))
}

/** `SEQUENCE { salt OCTET STRING, iterations INTEGER, … }` */
function iterationsAfter(der: Buffer, start: number): number {
  const salt = start + (der[start + 1] === 0x81 ? 3 : 2)
  const number = salt + 2 + (der[salt + 1] ?? 0)
  const length = der[number + 1] ?? 0
  if (der[start] !== 0x30 || der[salt] !== 0x04 || der[number] !== 0x02 || length < 1 || length > 6) return Infinity
  return number + 2 + length > der.byteLength ? Infinity : der.readUIntBE(number + 2, length)
}
