import { monitorEventLoopDelay, performance, type EventLoopUtilization } from 'node:perf_hooks'
import { Gauge, type Registry } from 'prom-client'

/** Event loop and memory of the gateway itself. Dispose of it to stop measuring. */
export class ProcessMetrics implements Disposable {
  readonly #delay = monitorEventLoopDelay({ resolution: 10 })
  #utilisationAt: EventLoopUtilization = performance.eventLoopUtilization()

  constructor(registry: Registry) {
    this.#delay.enable()
    const gauge = (name: string, help: string, read: () => number): Gauge =>
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read())
        },
      })
    gauge('nodejs_eventloop_utilization', 'Share of the time since the last look that the event loop was busy', () =>
      this.#utilisation(),
    )
    gauge('nodejs_eventloop_delay_p99_seconds', 'Delay of the event loop since the last look', () => this.#delayP99())
    gauge('process_resident_memory_bytes', 'Resident memory of the gateway', () => process.memoryUsage.rss())
    gauge('process_start_time_seconds', 'Start, in seconds since 1970', () => performance.timeOrigin / 1_000)
  }

  [Symbol.dispose](): void {
    this.#delay.disable()
  }

  #utilisation(): number {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.#utilisationAt)
    this.#utilisationAt = now
    return utilization
  }

  #delayP99(): number {
    const seconds = this.#delay.percentile(99) / 1e9
    this.#delay.reset()
    return seconds
  }
}
