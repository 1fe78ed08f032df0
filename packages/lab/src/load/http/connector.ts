import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { buildConnector } from 'undici'
import type { ConnectionSample } from '../../measure/request-sample.ts'
import type { TlsSettings } from '../../script/protocol-settings.ts'
import type { Clock } from '../../util/clock.ts'

export interface ConnectorOptions {
  readonly tls: Partial<TlsSettings>
  readonly connectTimeoutMs: number | undefined
  readonly clock: Clock
  readonly onConnected: (sample: ConnectionSample) => void
}

type Callback = buildConnector.Callback

/** Opens sockets and measures each part of it. No TLS session is reused: a new user is a new client. */
export function timedConnector(options: ConnectorOptions): buildConnector.connector {
  const tlsOptions = tlsConnectionOptions(options.tls)
  return (target, callback) => {
    const host = unbracketed(target.hostname)
    const secure = target.protocol === 'https:'
    const port = Number(target.port === '' ? (secure ? 443 : 80) : target.port)
    const servername = options.tls.servername ?? (isIP(host) === 0 ? host : undefined)
    const socket = secure
      ? connectTls({ ...tlsOptions, host, port, ...(servername === undefined ? {} : { servername }) })
      : connectTcp({ host, port, noDelay: true })
    watchConnect(socket, secure, options, callback)
  }
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
