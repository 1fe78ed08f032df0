import { CompatSocket, type Peer, type PeerMessage } from './compat-socket.ts'
import type { SocketHandler } from './compat-types.ts'
import type { Routes } from './routes.ts'

export type SocketRoute = SocketHandler

interface Accepted {
  readonly handler: SocketHandler
  readonly params: Readonly<Record<string, string | undefined>>
}

/** The hooks that Evenkeel calls for WebSockets, for handlers by path. */
export class CompatSockets {
  allowedOrigins: readonly string[] = []
  allowsAll: boolean = false
  readonly #routes: Routes<SocketRoute>
  readonly #sockets = new Map<Peer, CompatSocket>()

  constructor(routes: Routes<SocketRoute>) {
    this.#routes = routes
  }

  /** 404 where no handler is, 403 for pages of sites that are not allowed. */
  readonly upgrade = (request: Request): Response | { readonly data: unknown } => {
    const match = this.#routes.match('GET', new URL(request.url).pathname)
    if (match.status !== 'found') return new Response('Not found', { status: 404 })
    if (!this.#allows(request)) return new Response('Origin not allowed', { status: 403 })
    return { data: { handler: match.target, params: match.params } satisfies Accepted }
  }

  readonly open = (peer: Peer): unknown => {
    const { handler, params } = peer.data as Accepted
    const socket = new CompatSocket(peer, params)
    this.#sockets.set(peer, socket)
    return handler(socket, peer.request)
  }

  readonly message = (peer: Peer, message: PeerMessage): unknown => this.#sockets.get(peer)?.received(message)

  readonly close = (peer: Peer, { code, reason }: { readonly code: number; readonly reason: string }): unknown => {
    const socket = this.#sockets.get(peer)
    this.#sockets.delete(peer)
    return socket?.ended(code, reason)
  }

  readonly error = (peer: Peer, error: unknown): void => {
    if (this.#sockets.get(peer)?.failed(error) !== true) console.error('A WebSocket handler failed:', error)
  }

  /** The app ends. */
  closeAll(): void {
    for (const peer of this.#sockets.keys()) peer.close(1_001, 'The app ends')
  }

  /** Programs that are no browsers send no origin, and need no protection from foreign pages. */
  #allows({ headers, url }: Request): boolean {
    const origin = headers.get('origin')
    if (this.allowsAll || origin === null) return true
    if (URL.canParse(origin) && new URL(origin).host === new URL(url).host) return true
    return this.allowedOrigins.some((allowed) =>
      allowed.endsWith('*') ? origin.startsWith(allowed.slice(0, -1)) : origin === allowed,
    )
  }
}
