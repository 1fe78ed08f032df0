import { messageOf } from '../errors/lab-error.ts'
import type { ResolvedScript } from '../script/resolved-script.ts'
import type { Scenario } from '../script/step.ts'
import { systemClock } from '../util/clock.ts'
import type { PlainRecord } from '../util/records.ts'
import type { RunSuggestions } from '../script/artillery-global.ts'
import { prepareEnvironment } from './prepare-environment.ts'
import type { RunEnvironment } from './run-environment.ts'
import type { RunLoadOptions } from './run-load.ts'
import { runSection } from './run-section.ts'

export interface Sections {
  /** Variables that every user starts with. */
  readonly vars: PlainRecord
  /** What its functions suggest for the whole run. */
  readonly suggestions: RunSuggestions
  /** Runs `after`. Never rejects: what was measured is not spoilt by it. Resolves with what went wrong. */
  after(): Promise<string | undefined>
}

/** How long `after` may go on when the run was stopped: time to tidy up, not to wait for a server that is gone. */
const tidyUpMs = 1000

/**
 * Runs the `before` section of a script once, for generators that are told its variables by `beforeVars`. A run that is stopped
 * meanwhile goes on without them, to its end as a partial one.
 * @throws LabError `EK_LAB_BEFORE_FAILED`
 */
export async function runSections(script: ResolvedScript, options: Partial<RunLoadOptions>): Promise<Sections> {
  const { before, after } = script
  const environment = await prepareEnvironment(script, {
    clock: options.clock ?? systemClock,
    share: { index: 0, count: 1 },
    onLog: options.onLog ?? (() => {}),
    transport: options.transport,
    warnOnce: () => {},
  })
  const { signal } = options
  const vars = before === undefined ? {} : await runBefore(before, environment, signal)
  return {
    vars,
    suggestions: environment.suggestions,
    after: async () => {
      try {
        if (after !== undefined) await runSection(after, environment, { vars, signal, graceMs: tidyUpMs })
        return undefined
      } catch (error) {
        return messageOf(error)
      } finally {
        environment.sharedConnections?.close()
      }
    },
  }
}

async function runBefore(
  before: Scenario,
  environment: RunEnvironment,
  signal: AbortSignal | undefined,
): Promise<PlainRecord> {
  try {
    return await runSection(before, environment, { vars: {}, signal, graceMs: 0 })
  } catch (error) {
    if (signal?.aborted === true) return {}
    throw error
  }
}
