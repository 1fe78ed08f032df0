import type { IncomingMessage } from 'node:http'

/** The visitor's address, as the last header of a request that one runtime passes on to another, after that of their connection. */
export const laneAddressHeader = 'x-evenkeel-visitor'

const addresses = new WeakMap<object, string>()

/** Takes out of a request what a runtime has added, before anybody reads its headers: the app gets those that the visitor sent. */
export function takeLaneAddress(request: IncomingMessage): void {
  const { rawHeaders } = request
  if (rawHeaders.at(-2) !== laneAddressHeader) return
  addresses.set(request, rawHeaders.at(-1) ?? '')
  rawHeaders.length -= 4
}

/** Undefined for a request that came from the visitor itself. */
export function laneAddressOf(request: object): string | undefined {
  const address = addresses.get(request)
  return address === '' ? undefined : address
}
