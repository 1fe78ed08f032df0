import { channel, type Channel } from 'node:diagnostics_channel'
import type { Outcome } from '../contract/outcome.ts'

/** Diagnostics channels of the pool, named `evenkeel:pool:<event>`. Publishing costs nothing while nobody subscribes. */
export const poolChannels: {
  /** A {@link RunEvent} for every job that ended, refused ones included. */
  readonly run: Channel<unknown, RunEvent>
  /** A {@link KillEvent} for every host that is killed, whatever for. */
  readonly kill: Channel<unknown, KillEvent>
  /** A {@link RecycleEvent} for every host that is replaced in time. */
  readonly recycle: Channel<unknown, RecycleEvent>
  /** A {@link SupervisorLostEvent} when the supervisor thread was lost. */
  readonly supervisor: Channel<unknown, SupervisorLostEvent>
} = {
  run: channel('evenkeel:pool:run') as Channel<unknown, RunEvent>,
  kill: channel('evenkeel:pool:kill') as Channel<unknown, KillEvent>,
  recycle: channel('evenkeel:pool:recycle') as Channel<unknown, RecycleEvent>,
  supervisor: channel('evenkeel:pool:supervisor') as Channel<unknown, SupervisorLostEvent>,
}

export interface RunEvent {
  readonly pool: string
  readonly tenant: string
  readonly programId: string
  readonly status: Outcome['status'] | 'refused'
  /** Of an end or a refusal. */
  readonly reason: string | undefined
  readonly queueMs: number
  readonly dispatchMs: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly initMs: number
  readonly start: 'warm' | 'cold'
}

export interface KillEvent {
  readonly pool: string
  readonly hostId: number
  readonly reason: string
}

export interface RecycleEvent {
  readonly pool: string
  readonly hostId: number
  readonly reason: string
}

export interface SupervisorLostEvent {
  readonly pool: string
  readonly message: string
}
