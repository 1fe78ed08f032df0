import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, type Socket } from 'node:net'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

export interface ReceivedRequest {
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly events: readonly string[]
}

/** A real HTTP server that keeps what it is sent. */
export class HttpSink {
  readonly requests: ReceivedRequest[] = []
  /** Batch ids already taken: a repeated one is answered with success and not kept, as an idempotent receiver does. */
  readonly #seen = new Set<string>()
  readonly #sockets = new Set<Socket>()
  readonly #events: string[] = []
  /** Answers instead of success when it returns a status, or takes over the response. */
  answer: (request: ReceivedRequest, response: ServerResponse) => number | undefined | Promise<number | undefined> =
    () => undefined
  #server: Server
  #port = 0

  constructor() {
    this.#server = this.#makeServer()
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/events`
  }

  get events(): readonly string[] {
    return this.#events
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
    return this
  }

  /** Cuts all connections and refuses new ones; `listen` again takes them on the same port. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
    this.#server = this.#makeServer()
  }

  #makeServer(): Server {
    const server = createServer((request, response) => void this.#handle(request, response))
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    return server
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    const received = readRequest(request, Buffer.concat(chunks))
    this.requests.push(received)
    const statusCode = await this.answer(received, response)
    if (response.headersSent || response.destroyed) return
    if (statusCode === undefined || statusCode < 300) this.#keep(received)
    response.writeHead(statusCode ?? 200).end('{}')
  }

  #keep({ headers, events }: ReceivedRequest): void {
    const id = String(headers['idempotency-key'] ?? Math.random())
    if (this.#seen.has(id)) return
    this.#seen.add(id)
    this.#events.push(...events)
  }
}

function readRequest(request: IncomingMessage, raw: Buffer): ReceivedRequest {
  const { headers } = request
  const encoding = headers['content-encoding']
  const plain = encoding === 'gzip' ? gunzipSync(raw) : encoding === 'zstd' ? zstdDecompressSync(raw) : raw
  const body = plain.toString()
  const events = headers['content-type'] === 'application/json' ? parseArray(body) : body.split('\n').slice(0, -1)
  return { headers, body, events }
}

function parseArray(body: string): string[] {
  return (JSON.parse(body) as unknown[]).map((event) => JSON.stringify(event))
}
