import type { EncodedHistogram } from './encoded-histogram.ts'

/** `limited`: the generator, not the server, set the figures. Such a run is not judged and not compared. */
export const healthVerdicts = ['ok', 'degraded', 'limited'] as const
export type HealthVerdict = (typeof healthVerdicts)[number]

/** How well the machine that sent the load kept to its plan. */
export interface GeneratorHealth {
  readonly verdict: HealthVerdict
  readonly reasons: readonly HealthReason[]
  readonly intendedArrivals: number
  readonly arrivals: number
  /** Delay of starts against the timetable. */
  readonly sendLag: EncodedHistogram
  readonly eventLoopDelay: EncodedHistogram
  readonly cpuMs: number
  readonly peakRssBytes: number
  readonly gcMs: number
  readonly samples: readonly HealthSample[]
}

export interface HealthReason {
  readonly code:
    | 'arrivals-missing'
    | 'connections-busy'
    | 'send-lag'
    | 'event-loop-busy'
    | 'host-cpu'
    | 'host-steal'
    | 'ports-exhausted'
    | 'clock-jump'
  readonly verdict: Exclude<HealthVerdict, 'ok'>
  readonly message: string
}

export interface HealthSample {
  readonly atMs: number
  /** Share of the time in which the event loop was busy, 0 to 1. */
  readonly eventLoopUtilization: number
  readonly eventLoopDelayMaxUs: number
  /** CPU of the generator's process; 1 is one core. */
  readonly cpuShare: number
  /** CPU of the whole machine, 0 to 1; absent where the system does not tell. */
  readonly hostCpuShare?: number
  /** Time stolen by the hypervisor, 0 to 1. */
  readonly hostStealShare?: number
  readonly rssBytes: number
  readonly gcMs: number
  readonly sendLagMaxUs: number
}
