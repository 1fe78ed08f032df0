import type { EndpointTotals } from '../result/lab-result.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import type { RequestSample } from './request-sample.ts'

/** Figures of one endpoint. */
export class EndpointRecorder {
  readonly name: string
  readonly method: string
  readonly codes: Record<string, number> = {}
  readonly errors: Record<string, number> = {}
  #requests = 0
  #responses = 0
  #failed = 0
  #bytesReceived = 0
  readonly #latency = new LatencyHistogram()
  readonly #service = new LatencyHistogram()
  readonly #firstByte = new LatencyHistogram()

  constructor(name: string, method: string) {
    this.name = name
    this.method = method
  }

  record(sample: RequestSample, errorCode: string | undefined): void {
    this.#requests++
    this.#bytesReceived += sample.bytesReceived
    if (errorCode !== undefined) this.errors[errorCode] = (this.errors[errorCode] ?? 0) + 1
    if (sample.failed || sample.sentMs === undefined) {
      this.#failed++
      return
    }
    this.#responses++
    const { statusCode, sentMs, firstByteMs } = sample
    if (statusCode !== undefined) this.codes[statusCode] = (this.codes[statusCode] ?? 0) + 1
    this.#latency.record((sample.endMs - sample.intendedMs) * 1000)
    this.#service.record((sample.endMs - sentMs) * 1000)
    if (firstByteMs !== undefined) this.#firstByte.record((firstByteMs - (sample.writtenMs ?? sentMs)) * 1000)
  }

  totals(): EndpointTotals {
    return {
      name: this.name,
      method: this.method,
      requests: this.#requests,
      responses: this.#responses,
      failed: this.#failed,
      bytesReceived: this.#bytesReceived,
      codes: this.codes,
      errors: this.errors,
      latency: this.#latency.encode(),
      service: this.#service.encode(),
      firstByte: this.#firstByte.encode(),
    }
  }
}
