import { randomUUID } from 'node:crypto'
import type { AppContext, SocketData } from '../app.ts'
import type { NodeRequest } from './app-kind.host.ts'
import type { Background } from './background.host.ts'
import { laneAddressOf } from './lane-address.host.ts'

const wellFormed = /^[\w.:+/=@-]{1,128}$/

/** What a handler gets beside the request; what it does not ask for is not made. */
export class RequestContext implements AppContext {
  readonly #incoming: NodeRequest
  readonly #background: Background
  readonly #isRouted: boolean
  #requestId: string | undefined

  constructor(incoming: NodeRequest, background: Background, isRouted: boolean) {
    this.#isRouted = isRouted
    this.#incoming = incoming
    this.#background = background
  }

  get requestId(): string {
    return (this.#requestId ??= requestIdOf(this.#incoming))
  }

  get remoteAddress(): string | undefined {
    return clientAddress(this.#incoming, this.#isRouted)
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#background.waitUntil(promise)
  }

  publish(topic: string, message: SocketData): void {
    this.#background.publish(topic, message)
  }

  passThroughOnException(): void {
    // An error is answered with 500 in any case.
  }
}

/** Of whoever connected; behind our gateway, which lets nobody else say it, the address that it names. */
export function clientAddress(request: NodeRequest, isRouted: boolean): string | undefined {
  const { headers, socket } = request
  if (!isRouted) return laneAddressOf(request) ?? socket.remoteAddress
  const named = headers['x-real-ip']
  return typeof named === 'string' && named !== '' ? named : undefined
}

/** The caller's own id, where it is fit for a log, or a new one. */
export function requestIdOf({ headers }: NodeRequest): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && wellFormed.test(given) ? given : randomUUID()
}
