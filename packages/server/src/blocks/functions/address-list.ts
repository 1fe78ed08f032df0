import { BlockList, isIP } from 'node:net'
import { ServerError } from '../../errors/server-error.ts'

/** Throws `EK_REQUEST_INVALID` for what is neither an address nor a range. */
export function checkAddressRanges(field: string, ranges: readonly string[]): void {
  for (const range of ranges) {
    if (parseRange(range) !== undefined) continue
    const message = `the field ${JSON.stringify(field)} must list addresses or ranges such as 10.0.0.0/8, not ${JSON.stringify(range)}`
    throw new ServerError('EK_REQUEST_INVALID', message)
  }
}

/** Whether an address lies in one of the ranges. IPv4 addresses written as IPv6 count as IPv4. */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const parsed = parseRange(range)
    if (parsed !== undefined) list.addSubnet(parsed.address, parsed.bits, parsed.family)
  }
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
    const version = isIP(plain)
    return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4')
  }
}

function parseRange(range: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', bits, ...rest] = range.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return undefined
  const most = version === 6 ? 128 : 32
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most)) return undefined
  return { address, bits: bits === undefined ? most : Number(bits), family: version === 6 ? 'ipv6' : 'ipv4' }
}
