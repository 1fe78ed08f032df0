import type { Engine } from '../contract/engine.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { Capacity } from '../util/capacity.ts'
import type { HostEnd, HostOutput } from './fleet-options.ts'
import type { RecycleOptions } from './recycler.ts'

export interface PoolOptions {
  readonly engine: Engine
  /** Label in events and metrics. Default `pool`. */
  readonly name?: string
  /** Host processes in rotation; each runs one program at a time. Default and maximum: the usable processors. */
  readonly hosts?: number
  /** Hosts above the usable processors that whoever places work keeps free of long work. Default 0. */
  readonly extraHosts?: number
  /** Fewest hosts in rotation when there is nothing to do. Default: `hosts`, so that the pool keeps its size. */
  readonly minHosts?: number
  /** Hosts that stand by booted: they replace a host that was killed, and serve short work beside long. Default 1. */
  readonly spares?: number
  /** Largest `memoryMb` of an invocation. Default 128. */
  readonly maxMemoryMb?: number
  /** Programs that may wait for I/O in one host. Default 32. */
  readonly maxParked?: number
  /** Invocations that may wait for a host. Default 1000. */
  readonly maxQueued?: number
  /** Invocations of one tenant that may wait for a host. Default: 90 % of `maxQueued`. */
  readonly maxTenantQueued?: number
  /** Invocations of one tenant that may wait or be in hosts. Default: no limit. */
  readonly maxTenantRuns?: number
  /** How long an invocation may wait for a host, in milliseconds. Default 2000. */
  readonly maxQueueMs?: number
  /** Longest wait that work should have under sustained overload, in milliseconds: it is taken while half of that is predicted. Default 300. */
  readonly queueTargetMs?: number
  /**
   * A queue that has not been empty for so long is overload, in milliseconds; before that it is a burst, which may wait for `maxQueueMs`. Default
   * 100, the interval of CoDel (RFC 8289 §4.2). With 0 the target holds for every run.
   */
  readonly burstMs?: number
  /**
   * Which job of a tenant is next once the queue has not been empty for `burstMs`: the `oldest`, as always, or the `newest`, whose caller is likeliest
   * to wait still (adaptive LIFO). Older ones then wait until the overload ends or `maxQueueMs` is over. Default `oldest`; decision 005 has figures.
   */
  readonly overloadOrder?: 'oldest' | 'newest'
  /** A run longer than this is long work, in milliseconds. Default 25. */
  readonly shortMs?: number
  /** From an invocation's wall limit to the kill of its host, in milliseconds. Default 150. */
  readonly killGraceMs?: number
  /** How often hosts are sampled and deadlines checked, in milliseconds. Default 20. */
  readonly sampleEveryMs?: number
  /** How long a host may take to boot, in milliseconds. Default 10000. */
  readonly bootTimeoutMs?: number
  /** How long a host that is replaced may finish its jobs, in milliseconds. Default 30000. */
  readonly drainMs?: number
  /** When hosts are replaced. */
  readonly recycle?: RecycleOptions
  /** Called with what hosts print, when their launch captures it. Must not throw. Default: it is dropped. */
  readonly onHostOutput?: (output: HostOutput) => void
  /** Called when a host that took work is gone. Must not throw. */
  readonly onHostEnd?: (end: HostEnd) => void
  /**
   * How long to wait before a host is replaced that ended by itself within 10 s of its start, when the one before it did the same; doubled
   * for each, up to 30 s. For programs that may crash without being asked for anything. In milliseconds; default 0: at once.
   */
  readonly crashBackoffMs?: number
}

export type ResolvedPoolOptions = Readonly<Required<PoolOptions>>

const ranges = {
  hosts: [1, 1024],
  extraHosts: [0, 64],
  minHosts: [1, 1024],
  spares: [0, 64],
  maxMemoryMb: [8, 65_536],
  maxParked: [0, 10_000],
  maxQueued: [0, 1_000_000],
  maxTenantQueued: [0, 1_000_000],
  maxTenantRuns: [1, Number.MAX_SAFE_INTEGER],
  maxQueueMs: [1, 600_000],
  queueTargetMs: [1, 600_000],
  burstMs: [0, 600_000],
  shortMs: [1, 2_147_483_646],
  killGraceMs: [50, 60_000],
  sampleEveryMs: [5, 1_000],
  bootTimeoutMs: [100, 600_000],
  drainMs: [0, 3_600_000],
  crashBackoffMs: [0, 60_000],
} as const

/** Of `recycle`; its other limits may be as large as one likes, to switch them off. */
const recycleRanges = { overlapMs: [0, 600_000], restMs: [0, 600_000] } as const

type NumberOption = keyof typeof ranges

/** Share of the queue that one tenant may fill, so that another is never refused for its sake. */
const maxTenantShare = 0.9

/** Share of the memory that hosts may take together at their ceilings. */
const maxMemoryShare = 0.75

/** Checks every option and fills in the defaults. Throws `EK_POOL_OPTION`, with the arithmetic when the machine is too small. */
export function resolvePoolOptions(options: PoolOptions, capacity: Capacity): ResolvedPoolOptions {
  const known = new Set<string>([
    'engine',
    'name',
    'overloadOrder',
    'recycle',
    'onHostOutput',
    'onHostEnd',
    ...Object.keys(ranges),
  ])
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw new PoolError('EK_POOL_OPTION', `the pool has no option "${name}"`)
  }
  const numbers = Object.keys(ranges) as NumberOption[]
  for (const name of numbers) checkRange(name, options[name], ranges[name])
  for (const name of ['overlapMs', 'restMs'] as const)
    checkRange(`recycle.${name}`, options.recycle?.[name], recycleRanges[name])
  checkOrder(options.overloadOrder)
  const resolved = withDefaults(options, capacity)
  checkProcessors(resolved, capacity)
  checkMemory(resolved, capacity)
  return Object.freeze(resolved)
}

function withDefaults(options: PoolOptions, { processors }: Capacity): Required<PoolOptions> {
  const { hosts = processors, maxQueued = 1_000 } = options
  return {
    name: 'pool',
    minHosts: hosts,
    extraHosts: 0,
    spares: 1,
    maxMemoryMb: 128,
    maxParked: 32,
    maxTenantQueued: Math.ceil(maxQueued * maxTenantShare),
    maxTenantRuns: Number.MAX_SAFE_INTEGER,
    maxQueueMs: 2_000,
    queueTargetMs: 300,
    burstMs: 100,
    overloadOrder: 'oldest',
    shortMs: 25,
    killGraceMs: 150,
    sampleEveryMs: 20,
    bootTimeoutMs: 10_000,
    drainMs: 30_000,
    recycle: {},
    onHostOutput: (): void => undefined,
    onHostEnd: (): void => undefined,
    crashBackoffMs: 0,
    ...options,
    hosts,
    maxQueued,
  }
}

function checkRange(name: string, value: unknown, [least, most]: readonly [number, number]): void {
  if (value === undefined) return
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return
  const received = typeof value === 'number' ? String(value) : `${JSON.stringify(value)} (${typeof value})`
  throw new PoolError(
    'EK_POOL_OPTION',
    `the pool option "${name}" must be a whole number from ${least} to ${most}, not ${received}`,
  )
}

function checkOrder(value: unknown): void {
  if (value === undefined || value === 'oldest' || value === 'newest') return
  throw new PoolError(
    'EK_POOL_OPTION',
    `the pool option "overloadOrder" must be "oldest" or "newest", not ${JSON.stringify(value)}`,
  )
}

function checkProcessors({ hosts, minHosts, extraHosts }: Required<PoolOptions>, { processors }: Capacity): void {
  if (minHosts > hosts) {
    throw new PoolError('EK_POOL_OPTION', `the pool option "minHosts" is ${minHosts}, above "hosts", which is ${hosts}`)
  }
  if (hosts <= processors + extraHosts) return
  throw new PoolError(
    'EK_POOL_OPTION',
    `the pool option "hosts" is ${hosts}, above the ${processors} usable processors: more would only wait for each other`,
  )
}

/** Every host may reach its ceiling at the same time; the kernel must not be the one to choose who dies. */
function checkMemory(
  { engine, hosts, spares, maxMemoryMb, maxParked }: Required<PoolOptions>,
  { memoryMb }: Capacity,
): void {
  const { residentMb } = engine.launch({ parked: maxParked, memoryMb: maxMemoryMb })
  const neededMb = (hosts + spares) * residentMb
  const availableMb = Math.floor(memoryMb * maxMemoryShare)
  if (neededMb <= availableMb) return
  throw new PoolError(
    'EK_POOL_OPTION',
    `(${hosts} hosts + ${spares} spares) × ${residentMb} MiB = ${neededMb} MiB, above ${availableMb} MiB (75 % of ${memoryMb} MiB): ` +
      'take fewer hosts, fewer spares or a smaller "maxMemoryMb"',
  )
}
