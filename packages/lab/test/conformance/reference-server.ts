import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { sleep, systemClock, type Clock } from '../../src/util/clock.ts'
import { selfSigned } from '../support/self-signed.ts'
import { describeRequest, type ReceivedRequest } from './describe-request.ts'
import { answerFor } from './reference-routes.ts'

/**
 * The server that both load generators talk to, over HTTP, HTTPS, WebSocket (also with TLS) and as a proxy. It counts what it receives,
 * so that what a generator says about itself is not all there is to compare.
 */
export class ReferenceServer implements AsyncDisposable {
  /** One line for each kind of request or message → how often it came. */
  readonly received: Record<string, number> = {}
  readonly #servers: readonly NetServer[]
  readonly #sockets = new Set<Duplex>()
  readonly #clock: Clock
  #pets = 0

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
    const listener: RequestListener = (request, response) => void this.#answer(request, response)
    const plain = createServer(listener)
    const secure = createTlsServer(selfSigned, listener)
    const proxy = createServer()
    proxy.on('connect', (request: IncomingMessage, socket: Duplex) => this.#tunnel(request, socket))
    this.#servers = [plain, secure, proxy]
    for (const server of [plain, secure]) this.#acceptWebSockets(server)
    for (const server of this.#servers)
      server.on('connection', (socket: Duplex) => {
        this.#sockets.add(socket)
        socket.on('error', () => socket.destroy())
        socket.on('close', () => this.#sockets.delete(socket))
      })
  }

  static async start(clock?: Clock): Promise<ReferenceServer> {
    const server = new ReferenceServer(clock)
    for (const each of server.#servers) {
      each.listen(0, '127.0.0.1')
      await once(each, 'listening')
    }
    return server
  }

  /** What stands for `__HTTP__` and the like in a script. */
  get addresses(): Readonly<Record<string, string>> {
    const [plain, secure, proxy] = this.#servers.map((server) => (server.address() as AddressInfo).port)
    return {
      __HTTP__: `http://127.0.0.1:${plain}`,
      __HTTPS__: `https://localhost:${secure}`,
      __WS__: `ws://127.0.0.1:${plain}`,
      __WSS__: `wss://localhost:${secure}`,
      __PROXY__: `http://127.0.0.1:${proxy}`,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    for (const server of this.#servers) {
      server.close()
      await once(server, 'close')
    }
  }

  #count(line: string): void {
    this.received[line] = (this.received[line] ?? 0) + 1
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received: ReceivedRequest = await describeRequest(request)
    const answer = answerFor(received, () => `pet-${++this.#pets}`)
    this.#count(`${received.line} -> ${answer.status}`)
    if (answer.holdMs !== undefined) await sleep(this.#clock, answer.holdMs)
    const json = answer.json === undefined ? undefined : JSON.stringify(answer.json)
    const type = json === undefined ? {} : { 'content-type': 'application/json' }
    response.writeHead(answer.status, { ...type, ...answer.headers }).end(json ?? answer.text ?? '')
  }

  /** Greets, and sends back every message that begins with `echo`. */
  #acceptWebSockets(server: NetServer): void {
    const webSockets = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => (offered.has('my-custom-protocol') ? 'my-custom-protocol' : false),
    })
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const offered = request.headers['sec-websocket-protocol']?.split(',').map((each) => each.trim())
      this.#count(`WS open ${request.url ?? ''} protocols=${[...new Set(offered)].join(',')}`)
      // Some clients offer a protocol twice, which the server's library refuses.
      if (offered !== undefined) request.headers['sec-websocket-protocol'] = [...new Set(offered)].join(',')
      webSockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
        webSocket.send('hi there')
        webSocket.on('message', (data: Buffer) => {
          const text = data.toString()
          this.#count(`WS message ${text}`)
          if (text.includes('echo')) webSocket.send(text)
        })
      })
    })
  }

  #tunnel(request: IncomingMessage, socket: Duplex): void {
    this.#count('PROXY connect')
    const { hostname, port } = new URL(`http://${request.url ?? ''}`)
    const upstream = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
  }
}
