import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests that may wait on one connection for the answer of another, before the connection is ended. */
const maxWaiting = 256

interface Turns {
  last: ServerResponse
  waiting: number
}

/**
 * One request of a connection after the other: answers leave in the order of the requests anyway, and whoever sends many at once and
 * reads none has one place in the app, not many.
 */
export class ConnectionTurns {
  readonly #bySocket = new WeakMap<Socket, Turns>()

  next({ socket }: IncomingMessage, response: ServerResponse, begin: () => void): void {
    const turns = this.#bySocket.get(socket)
    if (turns === undefined) {
      this.#bySocket.set(socket, { last: response, waiting: 0 })
      return begin()
    }
    const { last } = turns
    turns.last = response
    if (last.closed) return begin()
    turns.waiting += 1
    if (turns.waiting > maxWaiting) return void socket.destroy()
    last.once('close', () => {
      turns.waiting -= 1
      if (!response.destroyed) begin()
    })
  }
}
