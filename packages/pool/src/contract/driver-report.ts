/** Heaps and contexts that a host holds. */
export interface DriverReport {
  readonly isolates: number
  readonly stock: number
  readonly stockMisses: number
  /** Of a host whose programs share its event loop. */
  readonly loop?: LoopReport
}

/** Since the report before. */
export interface LoopReport {
  /** Share of the time in which the event loop was busy, from 0 to 1. */
  readonly utilization: number
  readonly delayP99Ms: number
  readonly heapUsedBytes: number
}
