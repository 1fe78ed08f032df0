import { Cron } from 'croner'
import { ServerError } from '../../errors/server-error.ts'

/** When a schedule is due next. */
export interface CronPattern {
  /** After this moment; undefined when it is never due again. */
  nextMs(afterMs: number): number | undefined
}

/** Five fields, or six with seconds first. Throws `EK_REQUEST_INVALID`. */
export function parseCron(pattern: string, timezone: string): CronPattern {
  if (!isTimezone(timezone))
    throw new ServerError('EK_REQUEST_INVALID', `the field "timezone" is no time zone: ${JSON.stringify(timezone)}`, {
      hint: 'Such as "UTC" or "Europe/Berlin"',
    })
  try {
    const cron = new Cron(pattern, { timezone, paused: true })
    // A time zone is looked at when a time is computed.
    cron.nextRun(new Date(0))
    return { nextMs: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() }
  } catch (error) {
    const message = `the field "cron" makes no schedule: ${(error as Error).message}`
    throw new ServerError('EK_REQUEST_INVALID', message, { hint: 'Such as "*/5 * * * *"' })
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
