import { once } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { buildConnector } from 'undici'
import type { ConnectionSample } from '../../measure/request-sample.ts'
import { proxyFor, type ProxySettings } from '../../script/proxy-settings.ts'
import type { TlsSettings } from '../../script/protocol-settings.ts'
import type { Clock } from '../../util/clock.ts'
import { openTunnel, type OpeningTunnel } from '../proxy/open-tunnel.ts'

export interface ConnectorOptions {
  readonly tls: TlsOptions
  readonly connectTimeoutMs: number | undefined
  /** Absent: every target is reached directly. */
  readonly proxies?: ProxySettings | undefined
  readonly clock: Clock
  readonly onConnected: (sample: ConnectionSample) => void
}

type Callback = buildConnector.Callback

/** TLS settings as the system takes them; made once for all connections. */
export interface TlsOptions {
  readonly connection: ConnectionOptions
  readonly servername: string | undefined
}

export function tlsOptionsOf(tls: Partial<TlsSettings>): TlsOptions {
  return { connection: tlsConnectionOptions(tls), servername: tls.servername }
}

/** Opens sockets and measures each part of it. No TLS session is reused: a new user is a new client. */
export function timedConnector(options: ConnectorOptions): buildConnector.connector {
  return (target, callback) => {
    const host = unbracketed(target.hostname)
    const secure = target.protocol === 'https:'
    const port = Number(target.port === '' ? (secure ? 443 : 80) : target.port)
    const secured = (): ConnectionOptions => {
      const servername = options.tls.servername ?? (isIP(host) === 0 ? host : undefined)
      return { ...options.tls.connection, ...(servername === undefined ? {} : { servername }) }
    }
    const proxy = options.proxies === undefined ? undefined : proxyFor(options.proxies, { hostname: host, secure })
    if (proxy !== undefined) {
      const through = (socket: Socket): Socket => (secure ? connectTls({ ...secured(), socket }) : socket)
      return connectThrough(openTunnel(proxy, { host, port }), through, options, callback)
    }
    const socket = secure ? connectTls({ ...secured(), host, port }) : connectTcp({ host, port, noDelay: true })
    watchConnect(socket, secure, options, callback)
  }
}

/** A connection by a proxy's tunnel; `through` puts TLS on it where it is wanted. */
function connectThrough(
  tunnel: OpeningTunnel,
  through: (socket: Socket) => Socket,
  { clock, connectTimeoutMs, onConnected }: ConnectorOptions,
  callback: Callback,
): void {
  const startMs = clock.nowMs()
  let socket: Socket | undefined
  const giveUp = (error: Error): void => void (socket === undefined ? tunnel.abort(error) : socket.destroy(error))
  const cancelTimeout =
    connectTimeoutMs === undefined
      ? undefined
      : clock.schedule(connectTimeoutMs, () => giveUp(connectTimeoutError(connectTimeoutMs)))
  const open = async (): Promise<Socket> => {
    const opened = await tunnel.socket
    const openedMs = clock.nowMs()
    opened.setNoDelay(true)
    socket = through(opened)
    const secure = socket !== opened
    if (secure) await once(socket, 'secureConnect')
    const tlsMs = secure ? clock.nowMs() - openedMs : undefined
    onConnected({ dnsMs: undefined, connectMs: openedMs - startMs, tlsMs })
    return socket
  }
  void handOver(open(), (error, ready) => {
    cancelTimeout?.()
    if (error === null && ready !== null) callback(null, ready)
    else callback(error ?? new Error('no connection'), null)
  })
}

async function handOver(
  opening: Promise<Socket>,
  done: (error: Error | null, socket: Socket | null) => void,
): Promise<void> {
  const [outcome] = await Promise.allSettled([opening])
  if (outcome.status === 'fulfilled') return done(null, outcome.value)
  const reason: unknown = outcome.reason
  done(reason instanceof Error ? reason : new Error(String(reason)), null)
}

function unbracketed(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

function tlsConnectionOptions(tls: Partial<TlsSettings>): ConnectionOptions {
  const { rejectUnauthorized, ca, cert, key, pfx, passphrase } = tls
  return {
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: rejectUnauthorized ?? true,
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(pfx === undefined ? {} : { pfx }),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
}

function watchConnect(socket: Socket, secure: boolean, options: ConnectorOptions, callback: Callback): void {
  const { clock, connectTimeoutMs } = options
  const startMs = clock.nowMs()
  let dnsMs: number | undefined
  let connectedMs = startMs
  const cancelTimeout =
    connectTimeoutMs === undefined
      ? undefined
      : clock.schedule(connectTimeoutMs, () => socket.destroy(connectTimeoutError(connectTimeoutMs)))
  socket.once('lookup', () => (dnsMs = clock.nowMs() - startMs))
  socket.once('connect', () => (connectedMs = clock.nowMs()))
  socket.once('error', onError)
  socket.once(secure ? 'secureConnect' : 'connect', () => {
    cancelTimeout?.()
    socket.off('error', onError)
    const nowMs = clock.nowMs()
    options.onConnected({
      dnsMs,
      connectMs: connectedMs - startMs - (dnsMs ?? 0),
      tlsMs: secure ? nowMs - connectedMs : undefined,
    })
    if (secure) socket.setNoDelay(true)
    callback(null, socket)
  })

  function onError(error: Error): void {
    cancelTimeout?.()
    callback(error, null)
  }
}

function connectTimeoutError(timeoutMs: number): Error {
  return Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: 'ETIMEDOUT' })
}
