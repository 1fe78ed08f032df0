import { Client } from 'undici'
import type { ConnectionSample } from '../../measure/request-sample.ts'
import type { ProxySettings } from '../../script/proxy-settings.ts'
import type { HttpSettings, TlsSettings } from '../../script/protocol-settings.ts'
import type { Clock } from '../../util/clock.ts'
import { Exchange } from './exchange.ts'
import { timedConnector, tlsOptionsOf, type TlsOptions } from './connector.ts'
import type { Connections, HttpTransport, WireOutcome, WireRequest } from './transport.ts'

export interface NetworkSettings {
  readonly tls: Partial<TlsSettings>
  readonly connectTimeoutMs: number | undefined
  readonly proxies?: ProxySettings | undefined
  readonly timeoutCode: HttpSettings['timeoutCode']
}

/** The real network: HTTP/1.1, one request at a time on a connection. */
export class NetworkTransport implements HttpTransport {
  readonly #settings: LaneSettings
  readonly #clock: Clock

  constructor(settings: NetworkSettings, clock: Clock) {
    this.#settings = { ...settings, tls: tlsOptionsOf(settings.tls) }
    this.#clock = clock
  }

  openConnections(maxSockets: number): Connections {
    return new SocketPool(this.#settings, this.#clock, maxSockets)
  }
}

interface LaneSettings extends Omit<NetworkSettings, 'tls'> {
  readonly tls: TlsOptions
}

/** A connection, opened with its first request. */
class Lane {
  readonly client: Client
  busy: Exchange | undefined
  /** Set when the connection was opened for the running request. */
  opened: ConnectionSample | undefined

  constructor(origin: string, settings: LaneSettings, clock: Clock) {
    this.client = new Client(origin, {
      allowH2: false,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      // A user that thinks longer than the client's default of 4 s would open a second connection; the server decides instead.
      keepAliveTimeout: 600_000,
      connect: timedConnector({
        tls: settings.tls,
        connectTimeoutMs: settings.connectTimeoutMs,
        proxies: settings.proxies,
        clock,
        onConnected: (sample) => (this.opened = sample),
      }),
    })
  }
}

class SocketPool implements Connections {
  readonly #settings: LaneSettings
  readonly #clock: Clock
  readonly #maxSockets: number
  readonly #lanes = new Map<string, Lane[]>()
  /** Requests without a connection, oldest first. */
  readonly #waiting: Exchange[] = []
  #closed = false

  constructor(settings: LaneSettings, clock: Clock, maxSockets: number) {
    this.#settings = settings
    this.#clock = clock
    this.#maxSockets = maxSockets
  }

  send(request: WireRequest): Promise<WireOutcome> {
    return new Promise((resolve) => {
      const exchange = new Exchange(request, {
        clock: this.#clock,
        timeoutCode: this.#settings.timeoutCode,
        settle: resolve,
        release: (lane, reusable) => this.#release(lane, reusable),
      })
      if (this.#closed) return exchange.stop()
      const lane = this.#freeLane(request.origin)
      if (lane === undefined) this.#waiting.push(exchange)
      else start(lane, exchange)
    })
  }

  #freeLane(origin: string): Lane | undefined {
    let lanes = this.#lanes.get(origin)
    if (lanes === undefined) {
      lanes = []
      this.#lanes.set(origin, lanes)
    }
    const free = lanes.find((lane) => lane.busy === undefined)
    if (free !== undefined || lanes.length >= this.#maxSockets) return free
    const lane = new Lane(origin, this.#settings, this.#clock)
    lanes.push(lane)
    return lane
  }

  #release(client: Client, reusable: boolean): void {
    for (const lanes of this.#lanes.values()) {
      const index = lanes.findIndex((lane) => lane.client === client)
      const lane = lanes[index]
      if (lane === undefined) continue
      lane.busy = undefined
      if (!reusable) {
        lanes.splice(index, 1)
        destroy(client)
      }
      return this.#startWaiting()
    }
  }

  #startWaiting(): void {
    for (let index = 0; index < this.#waiting.length; index++) {
      const exchange = this.#waiting[index]
      if (exchange === undefined) continue
      if (exchange.settled) {
        this.#waiting.splice(index--, 1)
        continue
      }
      const lane = this.#freeLane(exchange.request.origin)
      if (lane === undefined) return
      this.#waiting.splice(index, 1)
      return start(lane, exchange)
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const exchange of this.#waiting.splice(0)) exchange.stop()
    for (const lanes of this.#lanes.values()) {
      for (const lane of lanes.splice(0)) {
        lane.busy?.stop()
        destroy(lane.client)
      }
    }
    this.#lanes.clear()
  }
}

function start(lane: Lane, exchange: Exchange): void {
  lane.busy = exchange
  lane.opened = undefined
  exchange.start(lane.client, () => lane.opened)
}

/** Given to each client that is thrown away: one of its own would be made with its stack, which is a tenth of a short user's cost. */
const userHasLeft = new Error('the user has left')

function destroy(client: Client): void {
  client.destroy(userHasLeft).catch(() => {
    // The client is thrown away: what goes wrong while it closes concerns nobody.
  })
}
