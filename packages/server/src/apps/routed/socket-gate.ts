import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { movingHeader } from '../socket-move.ts'
import { forwardedHeaders, pathBelow, type Visitor } from './forward-head.ts'
import type { RoutedApp } from './routed-app.ts'
import type { RuntimeLink } from './runtime-link.ts'
import { SocketBridge } from './socket-bridge.ts'

export interface UpgradeParts {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly visitor: Visitor
  readonly mount: string
}

/** How long a runtime may take to accept a WebSocket, in milliseconds. */
const openMs = 10_000

/** Largest answer of an app that refuses a WebSocket, in bytes. */
const maxRefusalBytes = 64 * 1_024

interface Opened {
  readonly runtime: WebSocket
  readonly link: RuntimeLink
}

interface Refused {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
}

/** The WebSockets of one app: each has one connection to the visitor, and one to the runtime that has it now. */
export class SocketGate implements Disposable {
  readonly #app: RoutedApp
  readonly #server: WebSocketServer
  readonly #bridges = new Set<SocketBridge>()
  /** Whether the visitor has answered the last ping. */
  readonly #alive = new Map<WebSocket, boolean>()
  readonly #pinging: NodeJS.Timeout
  readonly #stop: () => void

  constructor(app: RoutedApp) {
    this.#app = app
    const { maxMessageBytes: maxPayload, pingEveryMs } = app.options.limits
    this.#server = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false, clientTracking: false })
    this.#pinging = setInterval(() => this.#ping(), pingEveryMs)
    this.#stop = app.onLeaving((link) => this.#leave(link))
  }

  /** Asks the app first: it may refuse, or choose a protocol. */
  async upgrade(parts: UpgradeParts): Promise<void> {
    const { request, socket, head } = parts
    socket.on('error', () => socket.destroy())
    const opened = await this.#open(parts)
    if ('status' in opened) return refuseUpgrade(socket, opened)
    const { protocol } = opened.runtime
    if (protocol === '') delete request.headers['sec-websocket-protocol']
    else request.headers['sec-websocket-protocol'] = protocol
    if (socket.destroyed) return opened.runtime.terminate()
    this.#server.handleUpgrade(request, socket, head, (client) => this.#bridge(client, opened, parts))
  }

  [Symbol.dispose](): void {
    this.#stop()
    clearInterval(this.#pinging)
    for (const client of this.#alive.keys()) client.terminate()
  }

  #bridge(client: WebSocket, opened: Opened, parts: UpgradeParts): void {
    const { facts } = opened.link.instance
    this.#alive.set(client, true)
    client.on('pong', () => this.#alive.set(client, true))
    const bridge: SocketBridge = new SocketBridge({
      client,
      ...opened,
      movable: facts.hasSockets,
      settled: () => this.#app.settled(),
      reopen: async () => {
        const again = await this.#open(parts, { [movingHeader]: '1' })
        if ('status' in again) throw new Error('no runtime takes the connection')
        return again
      },
      over: () => {
        this.#alive.delete(client)
        this.#bridges.delete(bridge)
      },
    })
    this.#bridges.add(bridge)
  }

  #leave(link: RuntimeLink): void {
    for (const bridge of this.#bridges) if (bridge.link === link) bridge.move()
  }

  #ping(): void {
    for (const [client, answered] of this.#alive) {
      if (!answered) client.terminate()
      else if (!client.isPaused) {
        // One that is held back could not be heard.
        this.#alive.set(client, false)
        client.ping()
      }
    }
  }

  #open({ request, visitor, mount }: UpgradeParts, more: Record<string, string> = {}): Promise<Opened | Refused> {
    const link = this.#app.forSocket()
    if (link === undefined) return Promise.resolve(unavailable)
    const url = `ws+unix:${link.socket}:${pathBelow(request.url ?? '/', mount)}`
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim())
    const headers = { ...socketHeaders(forwardedHeaders(request, visitor, mount)), ...more }
    const runtime = new WebSocket(
      url,
      protocols.filter((each) => each !== ''),
      {
        headers,
        perMessageDeflate: false,
        handshakeTimeout: openMs,
        maxPayload: 1_024 * 1_048_576,
      },
    )
    const { promise, resolve } = Promise.withResolvers<Opened | Refused>()
    link.sockets += 1
    let counted = true
    const gone = (): void => {
      if (counted) link.sockets -= 1
      counted = false
    }
    runtime.once('close', gone)
    runtime.once('open', () => {
      // Nothing is read before there is somebody to give it to.
      runtime.pause()
      resolve({ runtime, link })
    })
    runtime.once('unexpected-response', (_asked, response) => {
      gone()
      void readRefusal(response).then(resolve)
    })
    runtime.on('error', () => resolve(unavailable))
    return promise
  }
}

const unavailable: Refused = { status: 503, headers: ['retry-after', '1'], body: Buffer.alloc(0) }

/** The handshake between gateway and runtime is their own. */
function socketHeaders(raw: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase()
    if (name.startsWith('sec-websocket-')) continue
    const value = raw[index + 1] ?? ''
    const before = headers[name]
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  return headers
}

async function readRefusal(response: IncomingMessage): Promise<Refused> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxRefusalBytes) break
      chunks.push(chunk)
    }
  } catch {
    return unavailable
  }
  return { status: response.statusCode ?? 503, headers: response.rawHeaders, body: Buffer.concat(chunks) }
}

const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'keep-alive',
])

/** Answers an upgrade with a plain response. */
function refuseUpgrade(socket: Duplex, { status, headers, body }: Refused): void {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`]
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (!ownHeaders.has(name.toLowerCase())) lines.push(`${name}: ${headers[index + 1] ?? ''}`)
  }
  lines.push('connection: close', `content-length: ${body.length}`)
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]))
}
