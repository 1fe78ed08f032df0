import type { ScheduleMark, ScheduleRecord, SchedulesStore } from '../../storage/schedules-store.ts'
import type { Caller } from '../../tokens/caller.ts'
import type { Submission, Submitted } from '../jobs/async-invocations.ts'
import { parseCron, type CronPattern } from './cron.ts'

export interface SchedulerOptions {
  readonly schedules: SchedulesStore
  /** Who pays for a schedule. */
  readonly payer: (tenant: string, tokenId: string | null) => Promise<Caller>
  readonly submit: (submission: Submission) => Promise<Submitted>
  readonly now?: () => number
}

interface Armed {
  readonly record: ScheduleRecord
  readonly pattern: CronPattern
  nextMs: number | undefined
}

/** Other servers may change schedules, so they are read again at least this often, in milliseconds. */
const rereadMs = 30_000

/**
 * Submits functions when they are due. The due time is part of the idempotency key, so that of several servers with one store only
 * one submits; a run that is not over keeps the next one from starting. Due times while no server runs are not made up for.
 */
export class Scheduler implements AsyncDisposable {
  readonly #options: SchedulerOptions
  readonly #now: () => number
  #armed = new Map<string, Armed>()
  #timer: NodeJS.Timeout | undefined
  #turn: Promise<void> = Promise.resolve()
  #readAtMs = -Infinity
  #stopped = false

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** Reads the schedules and waits for the first. */
  async start(): Promise<void> {
    await this.reload()
  }

  /** After a schedule was changed here. */
  async reload(): Promise<void> {
    this.#readAtMs = -Infinity
    await this.tick()
  }

  /** Submits what is due. Never rejects. */
  tick(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#tick())
    return this.#turn
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    await this.#turn
  }

  async #tick(): Promise<void> {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    const nowMs = this.#now()
    if (nowMs - this.#readAtMs >= rereadMs) await this.#read(nowMs)
    for (const armed of this.#armed.values()) {
      if (armed.nextMs === undefined || armed.nextMs > nowMs) continue
      await this.#submit(armed.record, armed.nextMs)
      armed.nextMs = armed.pattern.nextMs(nowMs)
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.tick(), this.#untilNextMs())
  }

  async #read(nowMs: number): Promise<void> {
    try {
      const records = await this.#options.schedules.list()
      const armed = records
        .filter(({ enabled }) => enabled)
        .map((record) => [keyOf(record), this.#arm(record, nowMs)] as const)
      this.#armed = new Map(armed)
      this.#readAtMs = nowMs
    } catch {
      // Those in memory go on.
    }
  }

  /** A schedule that is the same keeps its next time, so that reading again skips none. */
  #arm(record: ScheduleRecord, nowMs: number): Armed {
    const known = this.#armed.get(keyOf(record))
    const isSame = known?.record.cron === record.cron && known.record.timezone === record.timezone
    if (known !== undefined && isSame) return { ...known, record }
    const pattern = parseCron(record.cron, record.timezone)
    return { record, pattern, nextMs: pattern.nextMs(nowMs) }
  }

  #untilNextMs(): number {
    const times = [...this.#armed.values()].map(({ nextMs }) => nextMs).filter((nextMs) => nextMs !== undefined)
    return Math.max(0, Math.min(rereadMs, Math.min(...times) - this.#now()))
  }

  async #submit(record: ScheduleRecord, dueMs: number): Promise<void> {
    const { functionName, id } = record
    const mark = { functionName, id, dueMs }
    try {
      const { id: jobId, status, isNew } = await this.#options.submit(await this.#submission(record, dueMs))
      if (status === 'busy')
        return await this.#mark({ ...mark, outcome: 'skipped: the run before is not over', skipped: true })
      if (isNew) await this.#mark({ ...mark, outcome: jobId, skipped: false })
    } catch (error) {
      const { code = 'EK_INTERNAL', message } = error as { code?: string; message: string }
      await this.#mark({ ...mark, outcome: `${code}: ${message}`, skipped: true })
    }
  }

  async #submission(
    { functionName, id, tenant, tokenId, versionRef, input }: ScheduleRecord,
    dueMs: number,
  ): Promise<Submission> {
    return {
      name: functionName,
      ref: versionRef,
      input: JSON.parse(input) as unknown,
      caller: await this.#options.payer(tenant, tokenId),
      kind: 'schedule',
      idempotencyKey: `schedule ${id} ${dueMs}`,
      exclusiveKey: `${functionName} ${id}`,
    }
  }

  async #mark(mark: ScheduleMark): Promise<void> {
    await this.#options.schedules.mark(mark).catch(() => undefined)
  }
}

function keyOf({ functionName, id }: ScheduleRecord): string {
  return `${functionName} ${id}`
}
