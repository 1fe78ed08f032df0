import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ListenerFront } from '../http/listener.ts'
import type { ObserveRequest } from '../telemetry/http-metrics.ts'

/** Answers some requests in the same turn, before any route is looked for. Says whether it did. */
export type QuickAnswer = (request: IncomingMessage, response: ServerResponse) => boolean

/** What stands before the routes of the public listener: apps, then kept copies of pages once there are pages. */
export class PublicFront implements ListenerFront {
  readonly #apps: ListenerFront | undefined
  /** Of kept copies of pages. */
  kept: QuickAnswer | undefined
  observe: ObserveRequest | undefined

  constructor(apps: ListenerFront | undefined) {
    this.#apps = apps
  }

  handles(request: IncomingMessage): boolean {
    return this.#apps?.handles(request) === true
  }

  request(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#apps?.request(request, response) === true) return true
    if (this.kept?.(request, response) !== true) return false
    this.observe?.(request, response, '/*')
    return true
  }

  upgrade(...parts: Parameters<ListenerFront['upgrade']>): void {
    this.#apps?.upgrade(...parts)
  }
}
