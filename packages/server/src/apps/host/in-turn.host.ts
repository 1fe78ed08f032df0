import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests that may wait on one connection for the answer of another, before the connection is ended. */
const maxWaiting = 256

const waiting: unique symbol = Symbol('waiting')

type Connection = Socket & { [waiting]?: number }

/** Whether the answer to another request of the same connection goes first. */
export function waitsForAnother(response: ServerResponse): boolean {
  // Node gives the connection to one answer after the other. With HTTP/2 there is no turn.
  return response.socket === null
}

/**
 * Begins with a request when the answer before it has left: whoever sends many at once and reads none has one place in the app, not
 * many, and an answer waits in memory only for its own reader.
 */
export function inTurn(request: IncomingMessage, response: ServerResponse, begin: () => unknown): void {
  const socket: Connection = request.socket
  const count = (socket[waiting] ?? 0) + 1
  socket[waiting] = count
  if (count > maxWaiting) return void socket.destroy()
  response.once('socket', () => {
    socket[waiting] = (socket[waiting] ?? 1) - 1
    // Node goes on with what it has to do for the answer before this one.
    queueMicrotask(() => {
      if (!response.destroyed) begin()
    })
  })
}
