import { performance, monitorEventLoopDelay, type EventLoopUtilization } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { LoopReport } from '../contract/driver-report.ts'

/** How often the delay is sampled: seldom enough that an idle host stays idle, in milliseconds. */
const resolutionMs = 50

/** How the process's event loop fares between two readings. */
export class LoopMeter {
  readonly #delay: ReturnType<typeof monitorEventLoopDelay> = monitorEventLoopDelay({ resolution: resolutionMs })
  #before: EventLoopUtilization = performance.eventLoopUtilization()

  constructor() {
    this.#delay.enable()
  }

  read(): LoopReport {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.#before)
    this.#before = now
    // The histogram holds intervals between samples; what exceeds the resolution is delay.
    const p99Ms = this.#delay.count === 0 ? 0 : this.#delay.percentile(99) / 1e6 - resolutionMs
    this.#delay.reset()
    return { utilization, delayP99Ms: Math.max(0, p99Ms), heapUsedBytes: getHeapStatistics().used_heap_size }
  }
}
