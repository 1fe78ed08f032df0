import WebSocket from 'ws'
import type { ClientOptions } from 'ws'
import type { ProxyAddress } from '../../script/proxy-settings.ts'
import type { Clock } from '../../util/clock.ts'

export interface WebSocketTarget {
  readonly url: string
  readonly subprotocols: readonly string[]
  readonly proxy: ProxyAddress | undefined
  readonly options: ClientOptions
}

interface Waiter {
  readonly accept: (text: string) => Promise<boolean>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Messages that nobody waits for yet are kept for the next step that does, the newest of them at least. */
const maxKeptMessages = 1000

/** One WebSocket connection of a user. Messages are handed out in order; each is offered to one waiting step at a time. */
export class WebSocketSession {
  readonly #socket: WebSocket
  readonly #kept: string[] = []
  readonly #onMessage: (text: string) => void
  #waiter: Waiter | undefined
  #offering = false
  #failure: Error | undefined

  constructor(socket: WebSocket, onMessage: (text: string) => void) {
    this.#socket = socket
    this.#onMessage = onMessage
    socket.on('message', (data: WebSocket.RawData) => this.#receive(textOf(data)))
    socket.on('error', (error: Error) => this.#fail(error))
    socket.on('close', () => this.#fail(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })))
  }

  /** Resolves when the connection is open. `onMessage` is told of every message. */
  static open(
    target: WebSocketTarget,
    options: { readonly clock: Clock; readonly timeoutMs: number; readonly onMessage: (text: string) => void },
  ): Promise<WebSocketSession> {
    const { promise, resolve, reject } = Promise.withResolvers<WebSocketSession>()
    const socket = new WebSocket(target.url, [...target.subprotocols], target.options)
    const cancel = options.clock.schedule(options.timeoutMs, () => {
      reject(Object.assign(new Error(`no connection within ${options.timeoutMs} ms`), { code: 'ETIMEDOUT' }))
      socket.terminate()
    })
    // Made before the connection is open: the server's greeting may come with the last byte of the handshake.
    const session = new WebSocketSession(socket, options.onMessage)
    socket.once('open', () => {
      cancel()
      resolve(session)
    })
    socket.once('error', (error: Error) => {
      cancel()
      reject(error)
    })
    return promise
  }

  send(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(text, (error) => (error === undefined || error === null ? resolve() : reject(error)))
    })
  }

  /** Forgets messages that came before now. */
  discardKept(): void {
    this.#kept.length = 0
  }

  /** Resolves with the first message from now on, kept ones first, that `accept` says yes to. */
  waitFor(accept: Waiter['accept']): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#waiter = { accept, resolve, reject }
      void this.#offer()
    })
  }

  stopWaiting(): void {
    this.#waiter = undefined
  }

  #receive(text: string): void {
    this.#onMessage(text)
    this.#kept.push(text)
    if (this.#kept.length > maxKeptMessages) this.#kept.shift()
    void this.#offer()
  }

  async #offer(): Promise<void> {
    if (this.#offering) return
    this.#offering = true
    try {
      while (this.#waiter !== undefined && this.#kept.length > 0) {
        const waiter = this.#waiter
        const accepted = await waiter.accept(this.#kept.shift() ?? '')
        if (!accepted || this.#waiter !== waiter) continue
        this.#waiter = undefined
        waiter.resolve()
      }
    } catch (error) {
      this.#waiter?.reject(error instanceof Error ? error : new Error(String(error)))
      this.#waiter = undefined
    } finally {
      this.#offering = false
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#waiter?.reject(error)
    this.#waiter = undefined
  }

  close(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close()
    else this.#socket.terminate()
  }

  terminate(): void {
    this.#socket.terminate()
  }
}

function textOf(data: WebSocket.RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data.toString('utf8')
}
