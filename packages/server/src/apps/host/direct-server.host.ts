import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import { Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ResolvedAppLimits } from '../app-limits.ts'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { AppHostOptions, ListenPlace, TlsFiles } from './app-host-options.ts'
import { appListener } from './app-listener.host.ts'
import { AppMeter } from './app-meter.host.ts'
import { Background } from './background.host.ts'
import type { LoadedApp } from './load-app.host.ts'
import { RequestDesk } from './request-desk.host.ts'
import { wireData } from './sockets/message.host.ts'
import { refuseUpgrade, SocketServer } from './sockets/socket-server.host.ts'
import { Topics, type PublishElsewhere } from './sockets/topics.host.ts'

/** The bound socket that the gateway passes on to all runtimes of the app. */
const listenDescriptor = 4

/** How long clients may hold a connection on which nothing happens, once the runtime is to end, in milliseconds. */
const idleGraceMs = 750

type AnyServer = Server | Http2SecureServer

/** Accepts connections of an app in this process, inside its limits. */
export class DirectServer implements AsyncDisposable {
  readonly meter: AppMeter = new AppMeter()
  readonly topics: Topics
  readonly background: Background
  readonly #desk: RequestDesk
  readonly #server: AnyServer
  readonly #sockets: SocketServer | undefined
  readonly #connections = new Set<Socket>()
  readonly #place: ListenPlace

  constructor(app: LoadedApp, options: AppHostOptions, publishElsewhere: PublishElsewhere) {
    const { limits } = options
    this.#place = options.listen
    this.topics = new Topics(publishElsewhere)
    this.background = new Background((topic, message) => this.topics.publish(topic, wireData(message)))
    this.#desk = new RequestDesk(limits, this.meter)
    const { meter, background } = this
    const { maxBodyBytes } = limits
    const { compress } = options
    const isRouted = options.listen.kind === 'routed'
    const listener = appListener({ app, desk: this.#desk, meter, background, maxBodyBytes, compress, isRouted })
    this.#server = createServer(options, limits)
    this.#server.on('request', listener)
    const { websocket } = app.hooks
    if (websocket !== undefined)
      this.#sockets = new SocketServer({
        hooks: websocket,
        env: app.env,
        topics: this.topics,
        meter,
        limits,
        isRouted,
      })
    this.#listenForUpgrades(app)
    this.#server.on('connection', (connection: Socket) => this.#watch(connection, limits.writeIdleMs))
  }

  /** Resolves once connections are accepted. */
  async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    const { socket } = this
    this.#server.listen(socket === undefined ? { fd: listenDescriptor } : { path: socket }, resolve)
    await promise
    if (socket !== undefined) chmodSync(socket, 0o600)
  }

  /** Its own, where the gateway routes requests to it. */
  get socket(): string | undefined {
    return this.#place.kind === 'routed' ? join(this.#place.folder, `${process.pid}.sock`) : undefined
  }

  /** From here on, new connections get the new certificate. */
  renewTls(tls: TlsFiles): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(tls)
  }

  /** Accepts no more, lets what is under way end, tells WebSockets, and resolves when nothing is left. */
  async drain(): Promise<void> {
    this.#desk.drain()
    // The one of `http.Server` would also cut connections on which a request may just be coming in.
    NetServer.prototype.close.call(this.#server as unknown as NetServer)
    const sockets = this.#sockets?.drain()
    await this.#desk.idle()
    await sockets
    await this.#quiet()
    await this.background.settled()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#desk[Symbol.dispose]()
    this.#sockets?.[Symbol.dispose]()
    for (const connection of this.#connections) connection.destroy()
    NetServer.prototype.close.call(this.#server as unknown as NetServer)
  }

  #listenForUpgrades({ kind }: LoadedApp): void {
    const upgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
      if (this.#sockets !== undefined) void this.#sockets.upgrade(incoming, socket, head)
      else if (kind.kind === 'node' && (kind.server?.listenerCount('upgrade') ?? 0) > 0)
        kind.server?.emit('upgrade', incoming, socket, head)
      else void refuseUpgrade(socket, new Response('This app takes no WebSockets\n', { status: 426 }))
    }
    this.#server.on('upgrade', upgrade)
  }

  #watch(connection: Socket, writeIdleMs: number): void {
    this.#connections.add(connection)
    connection.once('close', () => this.#connections.delete(connection))
    connection.setTimeout(writeIdleMs)
    // Silence is no fault of a client that waits for an answer; not taking one is.
    connection.on('timeout', () => {
      if (connection.writableLength > 0) connection.destroy()
    })
  }

  /** Keep-alive connections may carry a request that is on its way: they are cut only after some time without one. */
  async #quiet(): Promise<void> {
    if (this.#connections.size === 0) return
    await new Promise((resolve) => setTimeout(resolve, idleGraceMs))
    await this.#desk.idle()
    for (const connection of this.#connections) connection.end()
  }
}

function createServer(options: AppHostOptions, limits: ResolvedAppLimits): AnyServer {
  const { maxHeaderBytes: maxHeaderSize, headTimeoutMs, requestTimeoutMs, keepAliveMs } = limits
  const http = {
    maxHeaderSize,
    headersTimeout: headTimeoutMs,
    requestTimeout: Math.max(requestTimeoutMs, headTimeoutMs),
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, headTimeoutMs),
  }
  if (options.tls === undefined) return createHttpServer(http)
  return createSecureServer({ ...http, ...options.tls, allowHTTP1: true })
}
