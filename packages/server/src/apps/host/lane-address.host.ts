import type { IncomingMessage } from 'node:http'

/** The visitor's address, as the last header of a request that one runtime passes on to another. */
const laneAddressHeader = 'x-evenkeel-visitor'

const addresses = new WeakMap<object, string>()

/**
 * What ends the headers of a request that is passed on, where none of the visitor's can be. `authority` is the host of one that came without
 * such a header, as those of HTTP/2 do: the address of the request is made of it.
 */
export function laneHeaders(visitor: string, authority: string | undefined): readonly string[] {
  const host = authority === undefined ? [] : ['host', authority]
  return ['connection', 'close', ...host, laneAddressHeader, visitor]
}

/** Takes out of a request what a runtime has added, before the app reads its headers: it gets those that the visitor sent. */
export function takeLaneAddress(request: IncomingMessage): void {
  const { rawHeaders } = request
  if (rawHeaders.at(-2) !== laneAddressHeader) return
  addresses.set(request, rawHeaders.at(-1) ?? '')
  rawHeaders.length -= rawHeaders.at(-4) === 'host' ? 6 : 4
}

/** Undefined for a request that came from the visitor itself. */
export function laneAddressOf(request: object): string | undefined {
  const address = addresses.get(request)
  return address === '' ? undefined : address
}
