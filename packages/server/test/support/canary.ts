import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** A web server on loopback that counts who comes and who goes. */
export interface Canary extends AsyncDisposable {
  readonly port: number
  readonly origin: string
  requests(): number
  /** Resolves when a connection has been closed by the other side. */
  readonly closed: Promise<void>
}

export async function startCanary(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Canary> {
  let requests = 0
  const closed = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    requests += 1
    request.socket.once('close', () => closed.resolve())
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    requests: () => requests,
    closed: closed.promise,
    [Symbol.asyncDispose]: async () => {
      const done = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await done
    },
  }
}
