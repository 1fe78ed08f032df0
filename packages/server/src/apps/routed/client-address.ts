import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { Visitor } from './forward-head.ts'

/** Says where requests come from; only trusted proxies are believed. */
export class ClientAddress {
  readonly #trusted: BlockList | undefined

  /** Addresses or ranges, as in the option `trustedProxies`. */
  constructor(ranges: readonly string[]) {
    if (ranges.length === 0) return
    this.#trusted = new BlockList()
    for (const range of ranges) {
      const [address = '', bits] = range.split('/')
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#trusted.addAddress(address, family)
      else this.#trusted.addSubnet(address, Number(bits), family)
    }
  }

  of({ socket, headers }: IncomingMessage): Visitor {
    const peer = (socket.remoteAddress ?? '').replace(/^::ffff:/i, '')
    if (!this.#isTrusted(peer)) return { forwardedFor: peer, address: peer, protocol: 'http' }
    const given = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter((each) => isIP(each) !== 0)
    const chain = [...given, peer]
    // The last one that no trusted proxy has said of itself.
    const address = chain.findLast((each) => !this.#isTrusted(each)) ?? chain[0] ?? peer
    const protocol = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
    return { forwardedFor: chain.join(', '), address, protocol }
  }

  #isTrusted(address: string): boolean {
    if (this.#trusted === undefined || isIP(address) === 0) return false
    return this.#trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
}
