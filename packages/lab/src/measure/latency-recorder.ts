import type { EncodedHistogram } from '../result/encoded-histogram.ts'
import type { LatencySet } from '../result/lab-result.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import type { RequestSample } from './request-sample.ts'

/** The distributions of the parts of requests. A request that got no whole response counts only in `wait` and the connection. */
export class LatencyRecorder {
  readonly latency: LatencyHistogram = new LatencyHistogram()
  readonly service: LatencyHistogram = new LatencyHistogram()
  readonly firstByte: LatencyHistogram = new LatencyHistogram()
  readonly body: LatencyHistogram = new LatencyHistogram()
  readonly wait: LatencyHistogram = new LatencyHistogram()
  readonly dns: LatencyHistogram = new LatencyHistogram()
  readonly connect: LatencyHistogram = new LatencyHistogram()
  readonly tls: LatencyHistogram = new LatencyHistogram()

  record(sample: RequestSample): void {
    const { sentMs, connection } = sample
    if (sentMs !== undefined) this.wait.record((sentMs - sample.intendedMs) * 1000)
    if (connection !== undefined) {
      if (connection.dnsMs !== undefined) this.dns.record(connection.dnsMs * 1000)
      if (connection.tlsMs !== undefined) this.tls.record(connection.tlsMs * 1000)
      this.connect.record(connection.connectMs * 1000)
    }
    if (sample.failed || sentMs === undefined) return
    this.latency.record((sample.endMs - sample.intendedMs) * 1000)
    this.service.record((sample.endMs - sentMs) * 1000)
    const { firstByteMs } = sample
    if (firstByteMs === undefined) return
    this.firstByte.record((firstByteMs - (sample.writtenMs ?? sentMs)) * 1000)
    this.body.record((sample.endMs - firstByteMs) * 1000)
  }

  encode(): LatencySet {
    const parts = ['latency', 'service', 'firstByte', 'body', 'wait', 'dns', 'connect', 'tls'] as const
    const entries = parts.map((part): [string, EncodedHistogram] => [part, this[part].encode()])
    return Object.fromEntries(entries) as unknown as LatencySet
  }
}
