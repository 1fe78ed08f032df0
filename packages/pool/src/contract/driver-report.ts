/** Heaps and contexts that a host holds. */
export interface DriverReport {
  readonly isolates: number
  readonly stock: number
  readonly stockMisses: number
  /** Memory of the heaps that it keeps, in MiB, if it knows. What the process holds besides grows when the allocator gives nothing back. */
  readonly heldMb?: number
  /** Of a host whose programs share its event loop. */
  readonly loop?: LoopReport
}

/** A host's answer to a heartbeat: what its driver holds, once it is booted, and what is true of any host. */
export interface HostReport extends Partial<DriverReport> {
  /** How long the collector has stopped the host's own heap since its start, in milliseconds. Isolates have collectors of their own. */
  readonly gcMs: number
}

/** Since the report before. */
export interface LoopReport {
  /** Share of the time in which the event loop was busy, from 0 to 1. */
  readonly utilization: number
  readonly delayP99Ms: number
  readonly heapUsedBytes: number
}
