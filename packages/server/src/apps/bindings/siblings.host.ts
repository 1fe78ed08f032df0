import { join } from 'node:path'
import { siblingHeader, siblingSocket } from '../sibling-call.ts'
import type { AppFetcher } from './env-of.ts'

interface Connection {
  readonly fetch: AppFetcher['fetch']
  close(): Promise<void>
}

/** Reaches the other apps of the server through the gateway, by name and without the network. */
export class Siblings {
  readonly #socket: string
  #connection: Promise<Connection> | undefined

  constructor(folder: string) {
    this.#socket = join(folder, siblingSocket)
  }

  /** Redirects are left to the caller: they lead by an address, not by a name. */
  open(name: string): AppFetcher {
    return {
      fetch: async (input, init) => {
        const { fetch } = await (this.#connection ??= connect(this.#socket))
        const request = new Request(input instanceof Request ? input : new URL(input, 'http://app/'), init)
        const headers = new Headers(request.headers)
        headers.set(siblingHeader, name)
        return fetch(new Request(request, { headers, redirect: 'manual' }))
      },
    }
  }

  async close(): Promise<void> {
    await (await this.#connection)?.close()
  }
}

/** Loaded by the first call: most apps make none. */
async function connect(socketPath: string): Promise<Connection> {
  const undici = await import('undici')
  const dispatcher = new undici.Agent({ connect: { socketPath } })
  const ask = undici.fetch as unknown as (url: string, init: object) => Promise<Response>
  return {
    fetch: async (input) => {
      const { url, method, headers, body, signal } = input as Request
      const { pathname, search } = new URL(url)
      const sent = { method, headers: [...headers], body, duplex: 'half', signal, redirect: 'manual', dispatcher }
      const answer = await ask(`http://app${pathname}${search}`, sent)
      const { status, statusText } = answer
      // The class of the package is another one than the one that the app knows.
      return new Response(answer.body, { status, statusText, headers: [...answer.headers] })
    },
    close: () => dispatcher.destroy(),
  }
}
