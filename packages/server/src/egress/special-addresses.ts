import { BlockList, isIP, isIPv6 } from 'node:net'

/** IANA special-purpose registries (RFC 6890 and its updates), and what is no host: multicast, reserved, broadcast. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const

/** Only global unicast is let through at all, so mapped, translated, local and multicast addresses need no line here. */
const global6 = '2000::/3'
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'] as const

const refused = addressList([...special4, ...special6])
const unicast = addressList([global6])

/** Whether an address belongs to the public internet. Anything that is no plain address does not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 0 || address.includes('%')) return false
  if (family === 4) return !refused.check(address, 'ipv4')
  return unicast.check(address, 'ipv6') && !refused.check(address, 'ipv6')
}

/** Ranges such as `10.0.0.0/8`, or single addresses. Throws a TypeError that names a range that is none. */
export function addressList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    const type = isIPv6(address) ? 'ipv6' : 'ipv4'
    const bits = prefix === undefined ? (type === 'ipv6' ? 128 : 32) : Number(prefix)
    if (isIP(address) === 0 || !Number.isInteger(bits)) throw new TypeError(`"${range}" is no address range`)
    list.addSubnet(address, bits, type)
  }
  return list
}

/** Whether a list of {@link addressList} holds the address. */
export function holdsAddress(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && !address.includes('%') && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
