import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { SocketHooks } from '../../app.ts'
import type { AppMeter } from '../app-meter.host.ts'
import { clientAddress } from '../request-context.host.ts'
import { movingHeader, socketMarks } from '../../socket-move.ts'
import { logFailure } from '../log-failure.host.ts'
import { Peer } from './peer.host.ts'
import type { SocketWire } from './socket-wire.host.ts'
import type { Topics } from './topics.host.ts'

export interface SocketServerParts {
  readonly hooks: SocketHooks
  readonly env: Readonly<Record<string, unknown>>
  readonly topics: Topics
  readonly meter: AppMeter
  readonly limits: {
    readonly maxMessageBytes: number
    readonly maxSocketBufferBytes: number
    readonly pingEveryMs: number
  }
  /** Peers are behind a gateway, which moves them to another runtime when this one is to end. */
  readonly isRouted: boolean
}

/** The service restarts (RFC 6455 registry of close codes). */
const restarting = 1_012

/** How long a peer may take to answer a close frame, in milliseconds. */
const closeGraceMs = 1_000

/** Takes upgrades of a Node server and keeps the WebSockets of one runtime. */
export class SocketServer implements Disposable {
  readonly #parts: SocketServerParts
  readonly #server: WebSocketServer
  /** Whether it has answered the last ping. */
  readonly #alive = new Map<WebSocket, boolean>()
  readonly #pinging: NodeJS.Timeout
  #empty: (() => void) | undefined
  #draining = false

  constructor(parts: SocketServerParts) {
    this.#parts = parts
    const { maxMessageBytes: maxPayload, pingEveryMs } = parts.limits
    this.#server = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false, clientTracking: false })
    this.#pinging = setInterval(() => this.#ping(), pingEveryMs)
  }

  /** Asks the app, then takes the connection or refuses it. */
  async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy())
    try {
      const request = upgradeRequest(incoming)
      const answer = this.#draining ? unavailable() : await this.#parts.hooks.upgrade?.(request, this.#parts.env)
      if (answer instanceof Response) return await refuseUpgrade(socket, answer)
      this.#accept(request, incoming, { socket, head }, answer ?? {})
    } catch (error) {
      logFailure(`the upgrade of ${incoming.url} failed`, error)
      await refuseUpgrade(socket, new Response(null, { status: 500 }))
    }
  }

  /** Tells every peer that the service restarts, or lets the gateway move it, and waits until all are gone. */
  async drain(): Promise<void> {
    this.#draining = true
    if (!this.#parts.isRouted) this.#dismiss()
    if (this.#alive.size === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#empty = resolve
    await promise
  }

  #dismiss(): void {
    for (const socket of this.#alive.keys()) {
      socket.close(restarting, 'The service restarts')
      setTimeout(() => socket.terminate(), closeGraceMs).unref()
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#pinging)
    for (const socket of this.#alive.keys()) socket.terminate()
  }

  #accept(
    request: Request,
    incoming: IncomingMessage,
    { socket, head }: { socket: Duplex; head: Buffer },
    { data, protocol }: { readonly data?: unknown; readonly protocol?: string },
  ): void {
    const chosen = protocol ?? offeredProtocol(incoming)
    // `ws` chooses among the offered protocols; the app's word is the only offer that it sees.
    if (chosen === undefined) delete incoming.headers['sec-websocket-protocol']
    else incoming.headers['sec-websocket-protocol'] = chosen
    this.#server.handleUpgrade(incoming, socket, head, (connection) => {
      const { hooks, topics, meter, limits } = this.#parts
      const moved = this.#parts.isRouted && incoming.headers[movingHeader] !== undefined
      const peer = new Peer({
        wire: wireOf(connection, socket),
        request,
        remoteAddress: clientAddress(incoming, this.#parts.isRouted),
        protocol: connection.protocol,
        moved,
        data,
        hooks,
        topics,
        meter,
        maxBufferBytes: limits.maxSocketBufferBytes,
      })
      this.#attend(connection, peer)
      if (moved) connection.ping(socketMarks.opened)
    })
  }

  #attend(connection: WebSocket, peer: Peer): void {
    const { sockets } = this.#parts.meter
    this.#alive.set(connection, true)
    sockets.open += 1
    sockets.opened += 1
    connection.on('message', (data: Buffer, isBinary) => peer.received(isBinary ? data : data.toString()))
    connection.on('pong', () => this.#alive.set(connection, true))
    if (this.#parts.isRouted) connection.on('ping', (data) => obey(connection, peer, data.toString()))
    connection.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') sockets.closedByPolicy += 1
      peer.failed(error)
    })
    connection.once('close', (code, reason) => {
      this.#alive.delete(connection)
      sockets.open -= 1
      peer.ended(code, reason.toString())
      if (this.#alive.size === 0) this.#empty?.()
    })
    peer.opened()
  }

  #ping(): void {
    for (const [connection, answered] of this.#alive) {
      // One that is held back could not be heard.
      if (connection.isPaused) continue
      if (answered) {
        this.#alive.set(connection, false)
        connection.ping()
      } else {
        this.#parts.meter.sockets.closedByPolicy += 1
        connection.terminate()
      }
    }
  }
}

/** What the gateway says of a WebSocket that goes to another runtime. */
function obey(connection: WebSocket, peer: Peer, mark: string): void {
  if (mark === socketMarks.move) return peer.leave(restarting, 'The service restarts')
  if (mark === socketMarks.untag) return peer.tag(false)
  if (mark !== socketMarks.tag) return
  peer.tag(true)
  connection.ping(socketMarks.tag)
}

/** What is sent in one turn leaves in one write: a system call costs more than the rest of a small message. */
function wireOf(connection: WebSocket, socket: Duplex): SocketWire {
  let corked = false
  const uncork = (): void => {
    corked = false
    socket.uncork()
  }
  const cork = (): void => {
    if (corked) return
    corked = true
    socket.cork()
    process.nextTick(uncork)
  }
  return {
    get bufferedBytes() {
      return connection.bufferedAmount
    },
    send: (message, sent) => {
      cork()
      connection.send(message, { binary: typeof message !== 'string' }, sent)
    },
    close: (code, reason) => connection.close(code, reason),
    terminate: () => connection.terminate(),
    ping: () => connection.ping(),
    mark: (text) => {
      cork()
      connection.ping(text)
    },
    pause: () => connection.pause(),
    resume: () => connection.resume(),
  }
}

function offeredProtocol({ headers }: IncomingMessage): string | undefined {
  return headers['sec-websocket-protocol']?.split(',')[0]?.trim()
}

/** The request of an upgrade as the app sees it. */
function upgradeRequest({ url = '/', headers, socket }: IncomingMessage): Request {
  const scheme = 'encrypted' in socket ? 'https' : 'http'
  const fields = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const each of [value ?? []].flat()) fields.append(name, each)
  }
  return new Request(new URL(url, `${scheme}://${headers.host ?? 'localhost'}`), { headers: fields })
}

function unavailable(): Response {
  return new Response(null, { status: 503, headers: { 'retry-after': '1' } })
}

const hopByHop: ReadonlySet<string> = new Set(['connection', 'content-length', 'transfer-encoding', 'upgrade'])

/** Answers an upgrade with a plain response. */
export async function refuseUpgrade(socket: Duplex, response: Response): Promise<void> {
  // Node's own listeners have left it: whoever breaks off now would end this process, whoever keeps its half open would keep it.
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  const body = Buffer.from(await response.arrayBuffer())
  const fields = [...response.headers]
    .filter(([name]) => !hopByHop.has(name))
    .map(([name, value]) => `${name}: ${value}`)
  const head = [
    `HTTP/1.1 ${response.status} ${response.statusText || 'Refused'}`,
    ...fields,
    'connection: close',
    `content-length: ${body.length}`,
  ]
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]))
}
