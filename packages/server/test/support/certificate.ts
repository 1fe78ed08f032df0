import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
}

/** Signed by itself, in the folder; again with the same paths for another name. */
export function issueCertificate(folder: string, name: string): Certificate {
  const certFile = join(folder, 'cert.pem')
  const keyFile = join(folder, 'key.pem')
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-keyout', keyFile, '-out', certFile]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  execFileSync('openssl', ['req', ...kind, ...subject], { stdio: 'ignore' })
  return { certFile, keyFile }
}
