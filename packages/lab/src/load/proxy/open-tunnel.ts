import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { ProxyAddress } from '../../script/proxy-settings.ts'

export interface TunnelTarget {
  readonly host: string
  readonly port: number
}

export interface OpeningTunnel {
  readonly socket: Promise<Socket>
  /** Gives the tunnel up; its socket is rejected with the error. */
  abort(error: Error): void
}

/** Asks a proxy for a connection to the target (CONNECT). Rejects with the code `EPROXY` when the proxy refuses. */
export function openTunnel(proxy: ProxyAddress, target: TunnelTarget): OpeningTunnel {
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
  const request = connectRequest(proxy, authority)
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  request.once('connect', (response: IncomingMessage, socket: Socket) => {
    if (response.statusCode === 200) return resolve(socket)
    socket.destroy()
    reject(refusal(`answered ${response.statusCode} to a tunnel to ${authority}`))
  })
  request.once('response', (response: IncomingMessage) => {
    response.destroy()
    reject(refusal(`does not open tunnels: it answered ${response.statusCode}`))
  })
  request.on('error', reject)
  request.end()
  return { socket: promise, abort: (error) => request.destroy(error) }
}

function connectRequest({ url, localAddress }: ProxyAddress, authority: string): ClientRequest {
  const secure = url.protocol === 'https:'
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return (secure ? httpsRequest : httpRequest)({
    method: 'CONNECT',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: authority,
    agent: false,
    headers: {
      host: authority,
      ...(credentials === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
    ...(localAddress === undefined ? {} : { localAddress }),
  })
}

function refusal(what: string): Error {
  return Object.assign(new Error(`the proxy ${what}`), { code: 'EPROXY' })
}
