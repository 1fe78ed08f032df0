import { ServerResponse, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { busyHeader, leastBusyMs } from '../busy-header.ts'

/** Processor time of this thread since somebody asked last, in milliseconds. A call costs about half a microsecond. */
class BusyClock {
  #beforeUs = 0

  sinceLast(): number {
    const { user, system } = process.threadCpuUsage()
    const busyUs = user + system - this.#beforeUs
    this.#beforeUs = user + system
    return busyUs / 1_000
  }
}

const clock = new BusyClock()

type WriteHeadArguments = [status: number, headers?: OutgoingHttpHeaders]

/**
 * An answer that says how long it kept the event loop busy: what was computed since the last request came or the last answer left, which
 * is right for work that ends in the answer.
 */
export class BusyResponse extends ServerResponse {
  constructor(request: IncomingMessage, options?: object) {
    // The types of Node do not know what its servers pass.
    super(...([request, options] as unknown as [IncomingMessage]))
    clock.sinceLast()
  }

  override writeHead(...args: unknown[]): this {
    const busyMs = clock.sinceLast()
    if (busyMs >= leastBusyMs && !this.headersSent) this.setHeader(busyHeader, busyMs.toFixed(1))
    return super.writeHead(...(args as WriteHeadArguments))
  }
}
