import type { Fleet } from './fleet.ts'

export interface ResizeOptions {
  /** Fewest hosts in rotation. */
  readonly minHosts: number
  /** Most hosts in rotation. */
  readonly maxHosts: number
  /** Queue delay above which hosts are added, in milliseconds. */
  readonly targetMs: number
  /** How long the delay must last before one is added, in milliseconds. */
  readonly growAfterMs: number
  /** How long the pool must be nearly idle before one is taken away, and between two, in milliseconds. */
  readonly shrinkAfterMs: number
}

/** What happened since the last look. */
export interface LoadSample {
  readonly nowMs: number
  /** Ninetieth percentile of the waits of jobs that were dispatched. */
  readonly waitP90Ms: number
  /** Share of the running places that were taken, from 0 to 1. */
  readonly utilisation: number
}

/** Below this share of taken places a pool is nearly idle. */
const idleUtilisation = 0.3

/**
 * Adds a host after a lasting queue delay, takes one away after a long quiet. The two thresholds are far apart, so that the size does
 * not swing.
 */
export class Resizer {
  readonly #options: ResizeOptions
  #lateSinceMs: number | undefined
  #quietSinceMs: number | undefined

  constructor(options: ResizeOptions) {
    this.#options = options
  }

  observe(sample: LoadSample, fleet: Pick<Fleet, 'size' | 'resize'>): void {
    const { minHosts, maxHosts, targetMs, growAfterMs, shrinkAfterMs } = this.#options
    const { nowMs } = sample
    this.#lateSinceMs = sample.waitP90Ms > targetMs ? (this.#lateSinceMs ?? nowMs) : undefined
    this.#quietSinceMs =
      sample.utilisation < idleUtilisation && sample.waitP90Ms <= targetMs ? (this.#quietSinceMs ?? nowMs) : undefined
    if (this.#lateSinceMs !== undefined && nowMs - this.#lateSinceMs >= growAfterMs && fleet.size < maxHosts) {
      this.#lateSinceMs = nowMs
      fleet.resize(fleet.size + 1)
    } else if (
      this.#quietSinceMs !== undefined &&
      nowMs - this.#quietSinceMs >= shrinkAfterMs &&
      fleet.size > minHosts
    ) {
      this.#quietSinceMs = nowMs
      fleet.resize(fleet.size - 1)
    }
  }
}
