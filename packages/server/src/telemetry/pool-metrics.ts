import {
  poolChannels,
  type KillEvent,
  type Pool,
  type PoolStats,
  type RecycleEvent,
  type RunEvent,
} from '@evenkeel/pool'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Below the millisecond, because a small block takes less; up to the longest permitted run. In seconds. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Ends of a run that are a limit's work. */
const limitReasons: ReadonlySet<string> = new Set(['wall', 'cpu', 'memory', 'output'])

/** Pools that come and go, under names that stay: a new build of the pages has pools of the same names as the one before. */
export interface MeasuredPools {
  readonly names: ReadonlySet<string>
  /** Those that take work now. */
  readonly now: () => readonly Pool[]
}

/** Metrics of pools, by the OpenTelemetry names for functions (`faas.*`) and our own for what they do not cover. Dispose of it with the pools. */
export class PoolMetrics implements Disposable {
  readonly #names: MeasuredPools['names']
  readonly #invocations: Counter
  readonly #errors: Counter
  readonly #timeouts: Counter
  readonly #coldStarts: Counter
  readonly #duration: Histogram
  readonly #init: Histogram
  readonly #cpu: Histogram
  readonly #queueWait: Histogram
  readonly #shed: Counter
  readonly #limitHits: Counter
  readonly #kills: Counter
  readonly #recycles: Counter
  readonly #unsubscribe: () => void

  constructor(pools: MeasuredPools, registry: Registry) {
    const registers = [registry]
    const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
      new Counter({ name, help, labelNames, registers })
    const histogram = (name: string, help: string, labelNames: string[] = []): Histogram =>
      new Histogram({ name, help, labelNames, registers, buckets: durationBuckets })
    this.#names = pools.names
    this.#invocations = counter('faas_invocations_total', 'Runs that ended, by outcome', ['pool', 'outcome'])
    this.#errors = counter('faas_errors_total', 'Runs that did not end well, by reason', ['pool', 'reason'])
    this.#timeouts = counter('faas_timeouts_total', 'Runs that reached their wall limit', ['pool'])
    this.#coldStarts = counter('faas_coldstarts_total', 'Runs whose heap was not made ahead', ['pool'])
    this.#duration = histogram('faas_invoke_duration_seconds', 'From the start of the program to its settled value', [
      'pool',
      'outcome',
    ])
    this.#init = histogram('faas_init_duration_seconds', 'Making heap and context on the way of a run', ['pool'])
    this.#cpu = histogram('faas_cpu_usage_seconds', 'Processor time of a run', ['pool'])
    this.#queueWait = histogram('runtime_pool_queue_wait_seconds', 'Waiting for a host', ['pool'])
    this.#shed = counter('runtime_pool_shed_total', 'Runs that were refused, by reason', ['pool', 'reason'])
    this.#limitHits = counter('runtime_pool_limit_hits_total', 'Runs ended by a limit', ['pool', 'limit'])
    this.#kills = counter('runtime_pool_kill_total', 'Hosts that were killed, by reason', ['pool', 'reason'])
    this.#recycles = counter('runtime_pool_recycle_total', 'Hosts that were replaced in time, by reason', [
      'pool',
      'reason',
    ])
    addPoolGauges(pools, registers)
    this.#unsubscribe = this.#subscribe()
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }

  #subscribe(): () => void {
    const onRun = (event: unknown): void => this.#observeRun(event as RunEvent)
    const onKill = (event: unknown): void => this.#countReason(this.#kills, event as KillEvent)
    const onRecycle = (event: unknown): void => this.#countReason(this.#recycles, event as RecycleEvent)
    poolChannels.run.subscribe(onRun)
    poolChannels.kill.subscribe(onKill)
    poolChannels.recycle.subscribe(onRecycle)
    return () => {
      poolChannels.run.unsubscribe(onRun)
      poolChannels.kill.unsubscribe(onKill)
      poolChannels.recycle.unsubscribe(onRecycle)
    }
  }

  #observeRun(event: RunEvent): void {
    const { pool, status, reason = 'program' } = event
    if (!this.#names.has(pool)) return
    if (status === 'refused') return this.#shed.inc({ pool, reason })
    this.#invocations.inc({ pool, outcome: status })
    this.#duration.observe({ pool, outcome: status }, event.wallMs / 1_000)
    this.#queueWait.observe({ pool }, event.queueMs / 1_000)
    this.#cpu.observe({ pool }, event.cpuMs / 1_000)
    if (event.initMs > 0) this.#init.observe({ pool }, event.initMs / 1_000)
    if (event.start === 'cold') this.#coldStarts.inc({ pool })
    if (status === 'ok') return
    this.#errors.inc({ pool, reason })
    if (reason === 'wall') this.#timeouts.inc({ pool })
    if (limitReasons.has(reason)) this.#limitHits.inc({ pool, limit: reason })
  }

  #countReason(counter: Counter, { pool, reason }: KillEvent | RecycleEvent): void {
    if (this.#names.has(pool)) counter.inc({ pool, reason })
  }
}

/** Read when they are asked for. */
function addPoolGauges(pools: MeasuredPools, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: (stats: PoolStats) => number): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: ['pool'],
      registers,
      collect() {
        for (const pool of pools.now()) this.set({ pool: pool.name }, read(pool.stats()))
      },
    })
  gauge('runtime_pool_running', 'Programs that hold a running place', (stats) => stats.running)
  gauge('runtime_pool_parked', 'Programs that wait for I/O', (stats) => stats.parked)
  gauge('runtime_pool_capacity', 'Programs that can run at one time', (stats) => stats.wantedHosts)
  gauge('runtime_pool_queue_depth', 'Runs that wait for a host', (stats) => stats.queued)
  gauge('runtime_pool_boot_failures', 'Hosts in a row that died while booting', (stats) => stats.bootFailures)
  gauge(
    'runtime_pool_resident_bytes',
    'Resident memory of all hosts',
    (stats) => sumOf(stats, 'residentMb') * 1_048_576,
  )
  gauge(
    'runtime_pool_runqueue_wait_seconds',
    'Time that the threads of the living hosts waited for a processor',
    (stats) => sumOf(stats, 'runQueueWaitMs') / 1_000,
  )
  gauge(
    'runtime_pool_gc_seconds',
    'Time in which collections stopped the own heaps of the living hosts',
    (stats) => sumOf(stats, 'gcMs') / 1_000,
  )
  gauge('runtime_pool_stock', 'Contexts made ahead', (stats) => sumOf(stats, 'stock'))
  gauge('runtime_pool_stock_misses', 'Runs in living hosts that found nothing made ahead', (stats) =>
    sumOf(stats, 'stockMisses'),
  )
  new Gauge({
    name: 'runtime_pool_hosts',
    help: 'Host processes by state',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const pool of pools.now())
        for (const [state, count] of Object.entries(pool.stats().states)) this.set({ pool: pool.name, state }, count)
    },
  })
}

type HostSum = 'residentMb' | 'runQueueWaitMs' | 'gcMs' | 'stock' | 'stockMisses'

function sumOf({ hostList }: PoolStats, field: HostSum): number {
  return hostList.reduce((sum, host) => sum + host[field], 0)
}
