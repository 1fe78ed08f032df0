import { LabError } from '../errors/lab-error.ts'
import { asRecord, type PlainRecord } from '../util/records.ts'

/** A proxy that tunnels are opened through. */
export interface ProxyAddress {
  readonly url: URL
  /** Address of this machine that connections to the proxy come from. */
  readonly localAddress?: string
}

/** Proxies of the environment. Loopback addresses are reached without: a proxy elsewhere would reach its own. */
export interface ProxySettings {
  readonly http: ProxyAddress | undefined
  readonly https: ProxyAddress | undefined
  /** Hosts that are reached without a proxy; an entry covers its subdomains, `*` everything. */
  readonly exceptions: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in capitals or small letters.
 * @throws LabError `EK_LAB_USAGE` for one that is no URL.
 */
export function parseProxySettings(env: Environment): ProxySettings {
  const read = (name: string): string => (env[name] ?? env[name.toLowerCase()] ?? '').trim()
  const address = (name: string): ProxyAddress | undefined => {
    const text = read(name)
    return text === '' ? undefined : { url: proxyUrl(text, name) }
  }
  const exceptions = read('NO_PROXY').split(/[\s,]+/)
  return {
    http: address('HTTP_PROXY'),
    https: address('HTTPS_PROXY'),
    exceptions: exceptions.map((host) => host.replace(/^\*?\./, '').toLowerCase()).filter((host) => host !== ''),
  }
}

/** The proxy of `config.ws.proxy`. It holds for every target. */
export function parseWsProxy(ws: PlainRecord): ProxyAddress | undefined {
  if (ws['proxy'] === undefined) return undefined
  const { url, localAddress } = asRecord(ws['proxy'])
  return {
    url: proxyUrl(String(url), 'config.ws.proxy.url'),
    ...(typeof localAddress === 'string' ? { localAddress } : {}),
  }
}

export function proxyFor(
  { http, https, exceptions }: ProxySettings,
  target: { readonly hostname: string; readonly secure: boolean },
): ProxyAddress | undefined {
  const proxy = target.secure ? https : http
  if (proxy === undefined) return undefined
  const host = target.hostname.toLowerCase()
  if (isLoopback(host)) return undefined
  const isException = exceptions.some((each) => each === '*' || each === host || host.endsWith(`.${each}`))
  return isException ? undefined : proxy
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** A proxy's URL may hold a password, so that no message repeats it. */
function proxyUrl(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new LabError('EK_LAB_USAGE', `"${name}" must be the URL of an HTTP proxy, such as http://proxy.example:3128`)
}
