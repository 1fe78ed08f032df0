import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { ServerError } from '../../errors/server-error.ts'
import { appMetrics } from '../direct/app-metrics.ts'
import type { AppPools, ReloadOutcome } from '../direct/direct-app.ts'
import { siblingHeader, siblingSocket } from '../sibling-call.ts'
import { ClientAddress } from './client-address.ts'
import { ConnectionTurns } from './connection-turns.ts'
import { answerFailure, forward } from './forward.ts'
import type { Visitor } from './forward-head.ts'
import { MountTable } from './mount-table.ts'
import { RoutedApp, type RoutedAppOptions } from './routed-app.ts'
import { SocketGate } from './socket-gate.ts'

interface Place {
  readonly name: string
  readonly mount: string
  readonly host: string | undefined
  readonly app: RoutedApp
  readonly gate: SocketGate
}

export interface AppSiteOptions {
  readonly apps: readonly RoutedAppOptions[]
  readonly trustedProxies: readonly string[]
  readonly pools: AppPools
}

const sibling: Visitor = { forwardedFor: 'unknown', address: '', protocol: 'http' }

/** The apps of a server: which of them an address belongs to, and how they reach each other. */
export class AppSite implements AsyncDisposable {
  readonly #places: ReadonlyMap<string, Place>
  readonly #table: MountTable<Place>
  readonly #addresses: ClientAddress
  readonly #folder: string
  readonly #siblings: Server
  readonly #turns = new ConnectionTurns()
  #closing: Promise<void> | undefined

  private constructor(options: AppSiteOptions, folder: string) {
    this.#folder = folder
    const places = options.apps.map((each): Place => {
      const app = new RoutedApp(each, { listen: { kind: 'routed', folder }, pools: options.pools })
      return { name: each.name, mount: each.mount, host: each.host, app, gate: new SocketGate(app) }
    })
    this.#places = new Map(places.map((place) => [place.name, place]))
    this.#table = new MountTable(places)
    this.#addresses = new ClientAddress(options.trustedProxies)
    this.#siblings = createServer((request, response) => this.#answerSibling(request, response))
  }

  /** Loads every app. Throws `EK_CONFIG_INVALID` and `EK_APP_LOAD`; nothing is left then. */
  static async open(options: AppSiteOptions): Promise<AppSite> {
    void new MountTable(options.apps)
    const folder = mkdtempSync(join(tmpdir(), 'evenkeel-apps-'))
    const site = new AppSite(options, folder)
    try {
      await site.#listen()
      for (const { app, name } of site.#places.values())
        await app.start().catch((error: unknown) => refuse(name, error))
      return site
    } catch (error) {
      await site.close(0)
      throw error
    }
  }

  get apps(): readonly RoutedApp[] {
    return [...this.#places.values()].map(({ app }) => app)
  }

  /** Answers a request that is for an app; false when it is for none. */
  request(request: IncomingMessage, response: ServerResponse): boolean {
    const place = this.#table.find(request.headers.host, request.url ?? '/')
    if (place === undefined) return false
    if (this.#closing !== undefined) response.setHeader('connection', 'close')
    const { app, mount } = place
    this.#turns.next(request, response, () => {
      void forward({ app, request, response, visitor: this.#addresses.of(request), mount })
    })
    return true
  }

  handles({ headers, url = '/' }: IncomingMessage): boolean {
    return this.#table.find(headers.host, url) !== undefined
  }

  /** Takes a WebSocket for an app. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const place = this.#table.find(request.headers.host, request.url ?? '/')
    if (place === undefined) return void socket.destroy()
    const { gate, mount } = place
    void gate.upgrade({ request, socket, head, visitor: this.#addresses.of(request), mount })
  }

  /** For whoever asks whether the server is ready: an app that is not does not keep the others from their work. */
  readiness(): { readonly apps: Readonly<Record<string, string>> } {
    const states = this.apps.map(({ options, app }) => [options.name, app.state.ready ? 'ready' : 'not ready'] as const)
    return { apps: Object.fromEntries(states) }
  }

  /** An app that crashes again and again is one that nobody should send visitors to. */
  get crashing(): boolean {
    return this.apps.some(({ app }) => app.generation?.crashing === true)
  }

  /** What each app is and does now. */
  report(): readonly Readonly<Record<string, unknown>>[] {
    return this.apps.map(({ options, app, waiting }) => {
      const { name, mount, host } = options
      return {
        name,
        mount: `${mount}/`,
        host,
        ...app.state,
        ...waiting,
        runtimes: app.generation?.pool.stats().hostList,
      }
    })
  }

  /** In the text format of Prometheus. */
  async metrics(): Promise<string> {
    const readings = this.apps.map(async (each) => ({
      labels: { app: each.options.name },
      state: each.app.state,
      counts: await each.counts(),
      stats: each.app.generation?.pool.stats(),
      waiting: each.waiting,
    }))
    return appMetrics(await Promise.all(readings))
  }

  /** Throws `EK_APP_NOT_FOUND`. */
  reload(name: string): Promise<ReloadOutcome> {
    const place = this.#places.get(name)
    if (place === undefined) throw unknownApp(name)
    return place.app.reload()
  }

  /** Lets what is under way end within the time, in milliseconds. Idempotent. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs)
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0)
  }

  async #close(deadlineMs: number): Promise<void> {
    const places = [...this.#places.values()]
    await Promise.all(places.map(({ app }) => app.close(deadlineMs)))
    for (const { gate } of places) gate[Symbol.dispose]()
    await new Promise((resolve) => {
      this.#siblings.close(resolve)
      this.#siblings.closeAllConnections()
    })
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#siblings.once('error', reject)
    this.#siblings.listen(join(this.#folder, siblingSocket), resolve)
    return promise
  }

  #answerSibling(request: IncomingMessage, response: ServerResponse): void {
    const name = String(request.headers[siblingHeader] ?? '')
    const place = this.#places.get(name)
    if (place === undefined) return answerFailure(response, unknownApp(name))
    void forward({ app: place.app, request, response, visitor: sibling, mount: '' })
  }
}

function refuse(name: string, error: unknown): never {
  if (!(error instanceof ServerError)) throw error
  throw new ServerError(error.code, `the app "${name}": ${error.message}`, { cause: error })
}

function unknownApp(name: string): ServerError {
  return new ServerError('EK_APP_NOT_FOUND', `there is no app ${JSON.stringify(name)}`, { status: 404 })
}
