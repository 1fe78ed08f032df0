/** When a function runs by itself. */
export interface ScheduleRecord {
  readonly functionName: string
  readonly id: string
  readonly tenant: string
  readonly tokenId: string | null
  readonly cron: string
  /** IANA name. */
  readonly timezone: string
  /** JSON. */
  readonly input: string
  readonly versionRef: string
  readonly enabled: boolean
  readonly createdAtMs: number
  readonly lastDueMs: number | null
  /** What became of the last due time: a job, or why there was none. */
  readonly lastOutcome: string | null
  /** Due times that were left out because the run before was not over. */
  readonly skipped: number
}

export interface ScheduleMark {
  readonly functionName: string
  readonly id: string
  readonly dueMs: number
  readonly outcome: string
  readonly skipped: boolean
}

export interface SchedulesStore {
  /** Replaces the one of the same function and id. */
  put(schedule: ScheduleRecord): Promise<void>
  /** Of one function, or all. */
  list(functionName?: string): Promise<readonly ScheduleRecord[]>
  /** False when there is no such schedule. */
  delete(functionName: string, id: string): Promise<boolean>
  mark(mark: ScheduleMark): Promise<void>
}
