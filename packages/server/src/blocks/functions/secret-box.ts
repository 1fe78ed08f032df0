import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'

const formatVersion = 1
const nonceBytes = 12
const tagBytes = 16
const keyFile = 'secrets.key'

/** Seals the secrets of functions with AES-256-GCM; the name of the function is bound in, so that no sealed text fits another. */
export class SecretBox {
  readonly #key: Buffer

  /** @param key 32 bytes. */
  constructor(key: Buffer) {
    this.#key = key
  }

  seal(name: string, secrets: Readonly<Record<string, string>>): Uint8Array {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(name))
    const sealed = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()])
    return Buffer.concat([Buffer.of(formatVersion), nonce, cipher.getAuthTag(), sealed])
  }

  /** Throws `EK_SECRETS_KEY` when they were sealed with another key or changed. */
  open(name: string, sealed: Uint8Array): Readonly<Record<string, string>> {
    const bytes = Buffer.from(sealed)
    const start = 1 + nonceBytes + tagBytes
    try {
      if (bytes[0] !== formatVersion) throw new Error('unknown format')
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(1, 1 + nonceBytes))
      decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(1 + nonceBytes, start))
      const text = Buffer.concat([decipher.update(bytes.subarray(start)), decipher.final()]).toString()
      return JSON.parse(text) as Record<string, string>
    } catch {
      throw new ServerError('EK_SECRETS_KEY', `the secrets of the function "${name}" do not open with this key`, {
        status: 500,
        hint: 'Start the server with the key that sealed them, or store the secrets again',
      })
    }
  }

  /** Equal for equal secrets, and useless without the key. */
  digest(secrets: Readonly<Record<string, string>>): string {
    const sorted = Object.entries(secrets).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return createHmac('sha256', this.#key).update(JSON.stringify(sorted)).digest('base64url')
  }
}

/** The given key, the one in the data folder, which is made when missing, or one for this process alone. Throws `EK_SECRETS_KEY`. */
export function openSecretBox(options: {
  readonly key: string | undefined
  readonly dataDir: string | undefined
}): SecretBox {
  const { key, dataDir } = options
  if (key !== undefined) return new SecretBox(Buffer.from(key, 'hex'))
  return new SecretBox(dataDir === undefined ? randomBytes(32) : keyInFolder(join(dataDir, keyFile)))
}

function keyInFolder(path: string): Buffer {
  try {
    // `wx`: of two servers that start together, one writes and both read.
    writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(path, (error as Error).message)
  }
  try {
    chmodSync(path, 0o600)
    const text = readFileSync(path, 'utf8').trim()
    if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  } catch (error) {
    throw unusable(path, (error as Error).message)
  }
  throw unusable(path, 'it does not hold 64 hexadecimal digits')
}

function unusable(path: string, why: string): ServerError {
  return new ServerError('EK_SECRETS_KEY', `the key of secrets in ${JSON.stringify(path)} cannot be used: ${why}`)
}
