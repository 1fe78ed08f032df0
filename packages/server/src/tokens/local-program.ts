import { isIP } from 'node:net'

/** What is known of who sent a request. */
export interface Sender {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Address of who sent it, where trusted proxies were believed. */
  readonly ip: string
  /** Of the request's `Host`, with and without the port. */
  readonly host: string
  readonly hostname: string
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** A request that a proxy passed on is not local, even if the proxy is: only a trusted proxy can say where it came from. */
export function isLocal({ headers, ip, socket }: Sender): boolean {
  const forwarded = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined
  if (forwarded && ip === socket.remoteAddress) return false
  return isLoopback(ip)
}

/**
 * A browser on this machine sends what any page tells it to, from the loopback address. Such a request has the name that the page's
 * author chose for this machine in `Host` (DNS rebinding), or another origin than ours (https://www.w3.org/TR/fetch-metadata/).
 */
export function isForeignPage({ headers, hostname, host }: Sender): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const { origin } = headers
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return true
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  return !(name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0)
}

/** Whether only programs of this machine reach what listens on the address. */
export function isLocalName(host: string): boolean {
  return host === 'localhost' || isLoopback(host.replace(/^\[|\]$/g, ''))
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}
