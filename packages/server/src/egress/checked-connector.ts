import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Agent, buildConnector } from 'undici'
import { ServerError } from '../errors/server-error.ts'
import { addressList, holdsAddress, isPublicAddress } from './special-addresses.ts'

export type Lookup = (
  hostname: string,
  options: { all: true },
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

export interface ConnectorOptions {
  /** Ranges that are allowed besides the public ones. */
  readonly addresses: readonly string[]
  /** Ports of this machine that are never reached. */
  readonly ownPorts: () => ReadonlySet<number>
  /** Default the system's. */
  readonly lookup?: Lookup | undefined
}

/**
 * Connections to checked addresses only. The address that is checked is the one that is connected to: names are resolved once, inside
 * the connect, and a connection that reaches something else all the same is closed.
 */
export function checkedAgent(options: ConnectorOptions): Agent {
  const allowed = addressList(options.addresses)
  const check = (address: string, port: number): boolean =>
    (isPublicAddress(address) || holdsAddress(allowed, address)) &&
    !(options.ownPorts().has(port) && isOwnAddress(address))
  const connect: buildConnector.connector = (target, done) => {
    const port = Number(target.port === '' ? (target.protocol === 'https:' ? 443 : 80) : target.port)
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1')
    if (isIP(host) !== 0 && !check(host, port)) return done(refusal(target.hostname), null)
    const lookup = checkedLookup(options.lookup ?? systemLookup, (address) => check(address, port), target.hostname)
    return buildConnector({ lookup, timeout: 10_000 })({ ...target, hostname: host }, (...[error, socket]) => {
      if (error !== null) return done(error, null)
      if (check((socket as Socket).remoteAddress ?? '', port)) return done(null, socket)
      socket.destroy()
      done(refusal(target.hostname), null)
    })
  }
  return new Agent({ connect, connections: 64, keepAliveTimeout: 4_000, maxHeaderSize: 64 * 1024 })
}

function checkedLookup(lookup: Lookup, check: (address: string) => boolean, host: string): LookupFunction {
  return (hostname, { all }, done) => {
    lookup(hostname, { all: true }, (error, addresses) => {
      if (error !== null) return done(error, all === true ? [] : '', 4)
      // One special address among public ones is the mark of rebinding: the name is refused as a whole.
      const [first] = addresses
      if (first === undefined || !addresses.every(({ address }) => check(address)))
        return done(refusal(host), all === true ? [] : '', 4)
      if (all === true) done(null, addresses)
      else done(null, first.address, first.family)
    })
  }
}

/** Says nothing of the address behind a name. */
export function refusal(host: string): ServerError {
  return new ServerError('EK_EGRESS_REFUSED', `requests to "${host.slice(0, 200)}" are not allowed`)
}

function isOwnAddress(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return address.startsWith('127.') || address === '::1' || own.some((each) => each.address === address)
}
