/** What is needed of a WebSocket of the server. */
export interface Peer {
  readonly id: string
  readonly request: Request
  readonly remoteAddress: string | undefined
  data: unknown
  send(message: string | Uint8Array | ArrayBuffer): boolean
  close(code?: number, reason?: string): void
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  publish(topic: string, message: string | Uint8Array | ArrayBuffer): void
}

export interface PeerMessage {
  readonly data: string | Uint8Array
}

interface Listeners {
  /** `data` is an object or list where the text is one in JSON, else the text or the bytes as they came, which `raw` always is. */
  message: (data: unknown, raw: string | Uint8Array) => unknown
  close: (code: number, reason: string) => unknown
  error: (error: Error) => unknown
}

/** A WebSocket as apps of the form `ws.on(…)` expect it. */
export class CompatSocket {
  readonly id: string
  readonly path: string
  readonly params: Readonly<Record<string, string | undefined>>
  readonly headers: Headers
  readonly remoteAddress: string | undefined
  readonly #peer: Peer
  readonly #listeners: { [Event in keyof Listeners]: Listeners[Event][] } = { message: [], close: [], error: [] }

  constructor(peer: Peer, params: Readonly<Record<string, string | undefined>>) {
    this.#peer = peer
    this.id = peer.id
    this.path = new URL(peer.request.url).pathname
    this.params = params
    this.headers = peer.request.headers
    this.remoteAddress = peer.remoteAddress
  }

  /** The next message waits for the promises of the listeners before it. Throws `TypeError` for an event that there is not. */
  on<Event extends keyof Listeners>(event: Event, listener: Listeners[Event]): this {
    if (!Object.hasOwn(this.#listeners, event)) throw new TypeError(`A WebSocket has no event "${event}"`)
    this.#listeners[event].push(listener)
    return this
  }

  /** Text and bytes as they are, everything else as JSON. `false` when the client reads slowly. */
  send(data: unknown): boolean {
    if (typeof data === 'string' || data instanceof Uint8Array || data instanceof ArrayBuffer)
      return this.#peer.send(data)
    return this.sendJSON(data)
  }

  sendJSON(value: unknown): boolean {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined) throw new TypeError(`A value of type ${typeof value} cannot be written as JSON`)
    return this.#peer.send(text)
  }

  /** Default 1000. */
  close(code: number = 1_000, reason: string = ''): void {
    this.#peer.close(code, reason)
  }

  subscribe(topic: string): void {
    this.#peer.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.#peer.unsubscribe(topic)
  }

  /** To all that subscribed but this one, in all runtimes. */
  publish(topic: string, data: unknown): void {
    this.#peer.publish(topic, typeof data === 'string' || data instanceof Uint8Array ? data : JSON.stringify(data))
  }

  /** A message came. */
  async received({ data }: PeerMessage): Promise<void> {
    const value = typeof data === 'string' ? jsonOf(data) : data
    for (const listener of this.#listeners.message) await listener(value, data)
  }

  /** The connection is gone. */
  async ended(code: number, reason: string): Promise<void> {
    for (const listener of this.#listeners.close) await listener(code, reason)
  }

  /** Whether somebody listens to errors. */
  failed(error: unknown): boolean {
    const reason = error instanceof Error ? error : new Error(String(error))
    for (const listener of this.#listeners.error) listener(reason)
    return this.#listeners.error.length > 0
  }
}

/** Only objects and lists: a text such as `123` stays what it is. */
function jsonOf(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
