import type { ScheduledEvent } from '../app.ts'
import type { Background } from './background.host.ts'
import type { LoadedApp } from './load-app.host.ts'
import { logFailure } from './log-failure.host.ts'

/** Runs the app's scheduled work to its end, with what it gave to `waitUntil`. */
export async function runScheduled(
  { hooks, env }: LoadedApp,
  { cron, scheduledTime }: ScheduledEvent,
  background: Background,
): Promise<{ readonly error?: string }> {
  try {
    await hooks.scheduled?.({ cron, scheduledTime }, env, background)
    return {}
  } catch (error) {
    logFailure(`the scheduled work of "${cron}" failed`, error)
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
