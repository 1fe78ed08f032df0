import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import { createSecureServer, type Http2SecureServer, type Http2Session } from 'node:http2'
import { Server as NetServer, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TurnoverMap } from '@evenkeel/pool/turnover'
import type { ResolvedAppLimits } from '../app-limits.ts'
import { BodyLimits } from '../body-limit.ts'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { AppHostOptions, ListenPlace, TlsFiles } from './app-host-options.ts'
import { appListener } from './app-listener.host.ts'
import { AppMeter } from './app-meter.host.ts'
import { Background } from './background.host.ts'
import { BusyResponse } from './busy-clock.host.ts'
import { takeLaneAddress } from './lane-address.host.ts'
import { Lane } from './lane.host.ts'
import type { LoadedApp } from './load-app.host.ts'
import { RequestDesk } from './request-desk.host.ts'
import { wireData } from './sockets/message.host.ts'
import { refuseUpgrade, SocketServer } from './sockets/socket-server.host.ts'
import { Topics, type PublishElsewhere } from './sockets/topics.host.ts'
import { UnreadWatch } from './unread-watch.host.ts'

/** The bound socket that the gateway passes on to all runtimes of the app. */
const listenDescriptor = 4

/** How long clients may hold a connection on which nothing happens, once the runtime is to end, in milliseconds. */
const idleGraceMs = 750

export interface ServerEvents {
  readonly publish: PublishElsewhere
  /** Requests of this route compute for long. */
  readonly foundLong: (route: string) => void
  /** It has taken connections. */
  readonly connected: () => void
}

type AnyServer = Server | Http2SecureServer

/** Connections that come within so long are told of together, in milliseconds. */
const togetherMs = 10

/** Accepts connections of an app in this process, inside its limits. */
export class DirectServer implements AsyncDisposable {
  readonly meter: AppMeter = new AppMeter()
  readonly topics: Topics
  readonly background: Background
  /** Where there is a lane for long requests, and this runtime is not in it. */
  readonly lane: Lane | undefined
  readonly #desk: RequestDesk
  readonly #server: AnyServer
  readonly #sockets: SocketServer | undefined
  readonly #connections = new TurnoverMap<number, Socket>()
  #accepted = 0
  readonly #place: ListenPlace
  readonly #connected: () => void
  #unread: UnreadWatch | undefined
  #telling: NodeJS.Timeout | undefined

  constructor(app: LoadedApp, options: AppHostOptions, events: ServerEvents) {
    const { limits, listen } = options
    this.#connected = events.connected
    this.#place = listen
    // What a Node handler sees of its visitor, such as the address of the socket, cannot be passed on.
    if (listen.kind === 'shared' && listen.hasLane && app.kind.kind === 'fetch')
      this.lane = new Lane(events.foundLong, (route) => this.meter.answeredOf(route))
    this.topics = new Topics(events.publish)
    this.background = new Background((topic, message) => this.topics.publish(topic, wireData(message)))
    this.#desk = new RequestDesk(limits, this.meter, this.lane)
    const { meter, background, lane } = this
    const bodyLimits = new BodyLimits(limits.maxBodyBytes, app.bodyLimits)
    const { compress } = options
    const isRouted = listen.kind === 'routed'
    const listener = appListener({ app, desk: this.#desk, meter, background, bodyLimits, compress, isRouted, lane })
    this.#server = createServer(options, limits)
    if (listen.kind === 'lane') standInFor(this.#server, options)
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
    this.#server.on('connection', (connection: Socket) => this.#watch(connection))
    if (isSecure(this.#server)) this.#server.setTimeout(limits.writeIdleMs)
    else this.#unread = new UnreadWatch(() => this.#connections.values(), limits.writeIdleMs)
    this.#server.on('timeout', (silent: Socket | Http2Session) => this.#timeOut(silent))
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
    return this.#place.kind !== 'shared' ? join(this.#place.folder, `${process.pid}.sock`) : undefined
  }

  /** Connections that carry requests. */
  get requestConnections(): number {
    return this.#connections.size - this.meter.sockets.open
  }

  /** Ends so many connections with their next answers, so that another runtime gets those that replace them. */
  give(connections: number): void {
    this.#desk.give(connections)
  }

  /** From here on, new connections get the new certificate. */
  renewTls(tls: TlsFiles): void {
    if (isSecure(this.#server)) this.#server.setSecureContext(tls)
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
    clearTimeout(this.#telling)
    this.#desk[Symbol.dispose]()
    this.#unread?.[Symbol.dispose]()
    this.#sockets?.[Symbol.dispose]()
    for (const connection of this.#connections.values()) connection.destroy()
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

  #watch(connection: Socket): void {
    const number = (this.#accepted += 1)
    this.#connections.set(number, connection)
    if (this.#place.kind === 'shared') this.#tell()
    connection.once('close', () => this.#connections.delete(number))
  }

  /** Silence is no fault of a client that waits for an answer; not taking one is. */
  #timeOut(silent: Socket | Http2Session): void {
    if (!(silent instanceof Socket)) {
      if ((silent.socket?.writableLength ?? 0) > 0) silent.destroy()
    } else if (silent.writableLength > 0 || !this.#desk.isAnswering(silent)) silent.destroy()
  }

  #tell(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined
      this.#connected()
    }, togetherMs)
  }

  /** Keep-alive connections may carry a request that is on its way: they are cut only after some time without one. */
  async #quiet(): Promise<void> {
    if (this.#connections.size === 0) return
    await new Promise((resolve) => setTimeout(resolve, idleGraceMs))
    await this.#desk.idle()
    for (const connection of this.#connections.values()) connection.end()
  }
}

function isSecure(server: AnyServer): server is Http2SecureServer {
  return 'setSecureContext' in server
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
  // Only the gateway wants to know.
  if (options.listen.kind !== 'shared') return createHttpServer({ ...http, ServerResponse: BusyResponse })
  if (options.tls === undefined) return createHttpServer(http)
  return createSecureServer({ ...http, ...options.tls, allowHTTP1: true })
}

/** Requests that another runtime passes on look as they do there. */
function standInFor(server: AnyServer, { protocol }: AppHostOptions): void {
  server.on('request', takeLaneAddress)
  // By this the adapter tells the scheme.
  if (protocol === 'https') server.on('connection', (socket: Socket) => Object.assign(socket, { encrypted: true }))
}
