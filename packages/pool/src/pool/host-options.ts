import type { HostLaunch } from '../contract/engine.ts'
import type { HostPriority } from '../supervisor/priority.ts'

/** `draining` takes no new work and ends when its jobs have; `condemned` is being killed. */
export type HostState = 'starting' | 'ready' | 'draining' | 'condemned' | 'gone'

export interface HostOptions {
  readonly launch: HostLaunch
  readonly killGraceMs: number
  readonly bootTimeoutMs: number
  readonly priority: HostPriority
}
