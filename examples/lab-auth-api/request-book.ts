import type { FastifyRequest } from 'fastify'

/** What is kept of a request, with a closure over it. */
class KeptRequest {
  readonly at: Date = new Date()
  readonly describe: () => string

  constructor(request: FastifyRequest) {
    const copy = { url: request.url, headers: { ...request.headers } }
    this.describe = () => `${this.at.toISOString()} ${copy.url} ${Object.keys(copy.headers).length}`
  }
}

/** Planted fault: a list that only grows. */
export class RequestBook {
  readonly #kept: KeptRequest[] = []

  readonly hook = async (request: FastifyRequest): Promise<void> => {
    this.#kept.push(new KeptRequest(request))
  }
}
