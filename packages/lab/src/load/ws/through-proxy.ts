import { isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Clock } from '../../util/clock.ts'
import { openTunnel } from '../proxy/open-tunnel.ts'
import type { WebSocketTarget } from './web-socket-session.ts'

/** The same target, with a connection that its proxy has opened. Without a proxy nothing changes. */
export async function throughProxy(target: WebSocketTarget, timeoutMs: number, clock: Clock): Promise<WebSocketTarget> {
  if (target.proxy === undefined) return target
  const url = new URL(target.url)
  const secure = url.protocol === 'wss:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const tunnel = openTunnel(target.proxy, { host, port: Number(url.port || (secure ? 443 : 80)) })
  const cancel = clock.schedule(timeoutMs, () =>
    tunnel.abort(Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: 'ETIMEDOUT' })),
  )
  try {
    const socket = await tunnel.socket
    const { ca, cert, key, rejectUnauthorized } = target.options
    const servername = isIP(host) === 0 ? { servername: host } : {}
    const createConnection = () =>
      secure ? connectTls({ ca, cert, key, rejectUnauthorized, socket, ...servername }) : socket
    return { ...target, options: { ...target.options, createConnection } }
  } finally {
    cancel()
  }
}
