import { monitorEventLoopDelay, performance, PerformanceObserver } from 'node:perf_hooks'
import type { GeneratorHealth, HealthSample } from '../result/generator-health.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import type { Clock } from '../util/clock.ts'
import { judgeHealth, type HealthLimits } from './judge-health.ts'
import { readHostCpu, type HostCpuTimes } from './host-cpu.ts'

const sampleEveryMs = 1000
/** Samples are thinned to half when there are more: the newest ten minutes stay, then every second one. */
const maxSamples = 1800

export interface StartCounts {
  readonly intended: number
  readonly arrivals: number
  /** False for a closed run as fast as it can. */
  readonly paced: boolean
  /** Of the missing, those for which the server left no connection free. */
  readonly blocked?: number
}

/** Watches the process that sends the load while it does. */
export class GeneratorMonitor {
  readonly #clock: Clock
  readonly #limits: HealthLimits
  readonly #startMs: number
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 10 })
  readonly #gc: PerformanceObserver
  readonly sendLag: LatencyHistogram = new LatencyHistogram()
  readonly #loopDelays = new LatencyHistogram()
  readonly #startCpu = process.cpuUsage()
  #samples: HealthSample[] = []
  #cancel: () => void = () => {}
  #lastMs: number
  #lastCpu = process.cpuUsage()
  #lastHost: HostCpuTimes = readHostCpu()
  #lastUtilization = performance.eventLoopUtilization()
  #gcMs = 0
  #gcTotalMs = 0
  #lagMaxUs = 0
  #portErrors = 0

  constructor(clock: Clock, limits: HealthLimits) {
    this.#clock = clock
    this.#limits = limits
    this.#startMs = clock.nowMs()
    this.#lastMs = this.#startMs
    this.#gc = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#gcMs += entry.duration
    })
  }

  start(): void {
    this.#loopDelay.enable()
    this.#gc.observe({ entryTypes: ['gc'] })
    this.#schedule()
  }

  #schedule(): void {
    this.#cancel = this.#clock.schedule(sampleEveryMs, () => {
      this.#sample()
      this.#schedule()
    })
  }

  /** Delay of one start against its plan. */
  recordLag(lagMs: number): void {
    this.sendLag.record(lagMs * 1000)
    if (lagMs * 1000 > this.#lagMaxUs) this.#lagMaxUs = lagMs * 1000
  }

  /** A failure that the generator's own machine caused. */
  recordPortError(): void {
    this.#portErrors++
  }

  stop(): void {
    this.#cancel()
    this.#gc.disconnect()
    this.#loopDelay.disable()
  }

  #sample(): void {
    const nowMs = this.#clock.nowMs()
    const elapsedMs = Math.max(1, nowMs - this.#lastMs)
    const cpu = process.cpuUsage(this.#lastCpu)
    const utilization = performance.eventLoopUtilization()
    const delta = performance.eventLoopUtilization(utilization, this.#lastUtilization)
    const delayUs = this.#loopDelay.max / 1000
    if (this.#loopDelay.count > 0) this.#loopDelays.record(delayUs)
    this.#samples.push({
      atMs: Math.round(nowMs - this.#startMs),
      eventLoopUtilization: round(delta.utilization),
      eventLoopDelayMaxUs: Math.round(this.#loopDelay.count > 0 ? delayUs : 0),
      cpuShare: round((cpu.user + cpu.system) / 1000 / elapsedMs),
      ...this.#hostShares(),
      rssBytes: process.memoryUsage.rss(),
      gcMs: round(this.#gcMs),
      sendLagMaxUs: Math.round(this.#lagMaxUs),
    })
    if (this.#samples.length > maxSamples) this.#samples = thin(this.#samples)
    this.#gcTotalMs += this.#gcMs
    this.#gcMs = 0
    this.#lagMaxUs = 0
    this.#loopDelay.reset()
    this.#lastMs = nowMs
    this.#lastCpu = process.cpuUsage()
    this.#lastUtilization = utilization
  }

  #hostShares(): { readonly hostCpuShare?: number; readonly hostStealShare?: number } {
    const host = readHostCpu()
    const total = host.total - this.#lastHost.total
    const shares =
      total <= 0
        ? {}
        : {
            hostCpuShare: round((host.busy - this.#lastHost.busy) / total),
            hostStealShare: round((host.steal - this.#lastHost.steal) / total),
          }
    this.#lastHost = host
    return shares
  }

  /** The verdict for what was measured until now. */
  health(counts: StartCounts): GeneratorHealth {
    const cpu = process.cpuUsage(this.#startCpu)
    const measured = {
      intendedArrivals: counts.intended,
      arrivals: counts.arrivals,
      sendLag: this.sendLag.encode(),
      eventLoopDelay: this.#loopDelays.encode(),
      cpuMs: Math.round((cpu.user + cpu.system) / 1000),
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      gcMs: round(this.#gcTotalMs + this.#gcMs),
      samples: this.#samples,
    }
    return { ...this.judge(counts), ...measured }
  }

  /** The verdict alone, which costs little. */
  judge(counts: StartCounts): Pick<GeneratorHealth, 'verdict' | 'reasons'> {
    const reasons = judgeHealth({
      ...counts,
      sendLag: this.sendLag,
      samples: this.#samples,
      portErrors: this.#portErrors,
      limits: this.#limits,
    })
    const [worst] = reasons
    return { verdict: worst?.verdict ?? 'ok', reasons }
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

function thin(samples: readonly HealthSample[]): HealthSample[] {
  const recent = samples.slice(-600)
  return [...samples.slice(0, -600).filter((_, index) => index % 2 === 0), ...recent]
}
