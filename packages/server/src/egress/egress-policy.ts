import { ServerError } from '../errors/server-error.ts'
import { hostPattern } from '../config/host-pattern.ts'
import { addressList } from './special-addresses.ts'

/** What one block may reach, and how much it may move. */
export interface EgressPolicy {
  /** Hosts that may be reached: `api.example.com`, or `*.example.com` for all below. Undefined: every public host. */
  readonly hosts?: readonly string[]
  /** Ranges such as `10.1.0.0/16` that may be reached although they are not public. Default none. */
  readonly addresses?: readonly string[]
  /** Of one response, after decoding. Default 10 MiB. */
  readonly maxResponseBytes?: number
  /** Of one request. Default 10 MiB. */
  readonly maxRequestBytes?: number
  /** For one request with its redirects, in milliseconds. Default 30000. */
  readonly timeoutMs?: number
  /** Default 20, as in the Fetch standard. */
  readonly maxRedirects?: number
}

export type ResolvedEgressPolicy = Required<Omit<EgressPolicy, 'hosts'>> & {
  readonly hosts: readonly string[] | undefined
}

const isHost = new RegExp(hostPattern)

/** Fills in the defaults. Throws `EK_CONFIG_INVALID` for a host pattern or a range that is none. */
export function resolveEgressPolicy(policy: EgressPolicy = {}): ResolvedEgressPolicy {
  const { hosts, addresses = [] } = policy
  for (const host of hosts ?? []) {
    if (!isHost.test(host))
      throw new ServerError('EK_CONFIG_INVALID', `the egress host "${host}" is neither a host name nor "*." before one`)
  }
  try {
    addressList(addresses)
  } catch (error) {
    throw new ServerError('EK_CONFIG_INVALID', `the egress addresses hold a mistake: ${(error as Error).message}`)
  }
  return Object.freeze({
    hosts: hosts?.map((host) => normalHost(host)),
    addresses,
    maxResponseBytes: policy.maxResponseBytes ?? 10 * 1_048_576,
    maxRequestBytes: policy.maxRequestBytes ?? 10 * 1_048_576,
    timeoutMs: policy.timeoutMs ?? 30_000,
    maxRedirects: policy.maxRedirects ?? 20,
  })
}

/** A function's policy within its token's, which is within the server's: the narrower of each. */
export function narrowEgressPolicy(outer: ResolvedEgressPolicy, inner: EgressPolicy): ResolvedEgressPolicy {
  const own = resolveEgressPolicy(inner)
  const { hosts, addresses } = outer
  return Object.freeze({
    hosts: hosts === undefined || own.hosts === undefined ? (own.hosts ?? hosts) : commonHosts(hosts, own.hosts),
    addresses: inner.addresses === undefined ? addresses : addresses.filter((range) => own.addresses.includes(range)),
    maxResponseBytes: Math.min(outer.maxResponseBytes, own.maxResponseBytes),
    maxRequestBytes: Math.min(outer.maxRequestBytes, own.maxRequestBytes),
    timeoutMs: Math.min(outer.timeoutMs, own.timeoutMs),
    maxRedirects: Math.min(outer.maxRedirects, own.maxRedirects),
  })
}

/** Two patterns have nothing in common, or one is within the other. */
function commonHosts(some: readonly string[], others: readonly string[]): readonly string[] {
  const within = (list: readonly string[], pattern: string): boolean => allowsHost(list, pattern.replace(/^\*\./, 'x.'))
  const common = [
    ...some.filter((pattern) => within(others, pattern)),
    ...others.filter((pattern) => within(some, pattern)),
  ]
  return [...new Set(common)]
}

export function allowsHost(hosts: readonly string[] | undefined, host: string): boolean {
  if (hosts === undefined) return true
  const name = normalHost(host)
  return hosts.some((pattern) => (pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern))
}

/** Case and a trailing dot make no difference to DNS, so they make none here. */
function normalHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}
