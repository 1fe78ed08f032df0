import { ServerError } from '../../errors/server-error.ts'
import type { ScheduleRecord, SchedulesStore } from '../../storage/schedules-store.ts'
import type { Caller } from '../../tokens/caller.ts'
import type { FunctionService } from '../functions/function-service.ts'
import { parseCron } from './cron.ts'
import type { Scheduler } from './scheduler.ts'

export interface ScheduleBody {
  readonly cron: string
  /** IANA name. Default UTC. */
  readonly timezone?: string
  readonly input?: unknown
  /** A version number or an alias. Default the current version. */
  readonly version?: string
  /** Default true. */
  readonly enabled?: boolean
}

export interface ScheduleView {
  readonly id: string
  readonly cron: string
  readonly timezone: string
  readonly input: unknown
  readonly version: string | null
  readonly enabled: boolean
  readonly nextAt: string | null
  readonly lastDueAt: string | null
  /** The execution of the last due time, or why there was none. */
  readonly lastOutcome: string | null
  readonly skipped: number
}

export interface ScheduleServiceOptions {
  readonly schedules: SchedulesStore
  readonly functions: FunctionService
  readonly scheduler: Scheduler
  readonly now?: () => number
}

/** The schedules of a function. */
export class ScheduleService {
  readonly #options: ScheduleServiceOptions
  readonly #now: () => number

  constructor(options: ScheduleServiceOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  async put(
    target: { readonly name: string; readonly id: string },
    body: ScheduleBody,
    caller: Caller,
  ): Promise<ScheduleView> {
    const { name, id } = target
    const { cron, timezone = 'UTC', input = {}, version = '', enabled = true } = body
    await this.#options.functions.requireOwn(name, caller)
    const pattern = parseCron(cron, timezone)
    if (pattern.nextMs(this.#now()) === undefined)
      throw new ServerError('EK_REQUEST_INVALID', `the field "cron" is ${JSON.stringify(cron)}, which is never due`)
    await this.#options.schedules.put({
      functionName: name,
      id,
      tenant: caller.tenant,
      tokenId: caller.token?.id ?? null,
      cron,
      timezone,
      input: JSON.stringify(input),
      versionRef: version,
      enabled,
      createdAtMs: this.#now(),
      lastDueMs: null,
      lastOutcome: null,
      skipped: 0,
    })
    await this.#options.scheduler.reload()
    return this.#find(name, id)
  }

  async list(name: string, caller: Caller): Promise<readonly ScheduleView[]> {
    await this.#options.functions.requireVisible(name, caller)
    return (await this.#options.schedules.list(name)).map((record) => this.#view(record))
  }

  async delete(name: string, id: string, caller: Caller): Promise<void> {
    await this.#options.functions.requireOwn(name, caller)
    if (!(await this.#options.schedules.delete(name, id))) throw notFound(name, id)
    await this.#options.scheduler.reload()
  }

  async #find(name: string, id: string): Promise<ScheduleView> {
    const record = (await this.#options.schedules.list(name)).find((schedule) => schedule.id === id)
    if (record === undefined) throw notFound(name, id)
    return this.#view(record)
  }

  #view(record: ScheduleRecord): ScheduleView {
    const { id, cron, timezone, input, versionRef, enabled, lastDueMs, lastOutcome, skipped } = record
    const nextMs = enabled ? parseCron(cron, timezone).nextMs(this.#now()) : undefined
    return {
      id,
      cron,
      timezone,
      input: JSON.parse(input) as unknown,
      version: versionRef === '' ? null : versionRef,
      enabled,
      nextAt: nextMs === undefined ? null : new Date(nextMs).toISOString(),
      lastDueAt: lastDueMs === null ? null : new Date(lastDueMs).toISOString(),
      lastOutcome,
      skipped,
    }
  }
}

function notFound(name: string, id: string): ServerError {
  const message = `the function ${JSON.stringify(name)} has no schedule ${JSON.stringify(id)}`
  return new ServerError('EK_SCHEDULE_NOT_FOUND', message, { status: 404 })
}
