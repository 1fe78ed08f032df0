/** Where, when and with what a result was measured. */
export interface ResultMeta {
  readonly name: string
  readonly startedAtEpochMs: number
  readonly durationMs: number
  readonly labVersion: string
  /** What was asked for: `run`, `quick`, a block of `compare`. */
  readonly kind: 'run' | 'quick' | 'block'
  readonly versions: Readonly<Record<string, string>>
  readonly machine: MachineFacts
  /** One entry for each generator (thread or machine) whose figures are in this result. */
  readonly generators: readonly GeneratorFacts[]
  /** Free labels: git revision, variant, server version. */
  readonly labels: Readonly<Record<string, string>>
}

export interface MachineFacts {
  readonly hostname: string
  readonly platform: string
  readonly release: string
  readonly arch: string
  readonly cpuModel: string
  readonly cpus: number
  readonly memoryBytes: number
}

export interface GeneratorFacts {
  readonly id: string
  readonly hostname: string
  readonly shareIndex: number
  readonly shareCount: number
}

/** What the run was meant to do. */
export interface ResultPlan {
  /** `open`: users arrive by a timetable. `closed`: a fixed number of connections send as fast as they are answered. */
  readonly model: 'open' | 'closed'
  readonly target: string
  readonly scriptFile?: string
  readonly environment?: string
  readonly phases: readonly PlannedPhase[]
  readonly intendedArrivals: number
  /** Closed model. */
  readonly connections?: number
  /** Requests per second over all connections, when a closed run is paced. */
  readonly requestRate?: number
}

export interface PlannedPhase {
  readonly name: string
  readonly kind: 'pause' | 'count' | 'rate' | 'ramp' | 'closed'
  readonly startMs: number
  readonly durationMs: number
  readonly arrivals: number
  readonly arrivalRate?: number
  readonly rampTo?: number
  readonly arrivalCount?: number
  readonly maxUsers?: number
  readonly arrivalProcess?: 'uniform' | 'poisson'
}
