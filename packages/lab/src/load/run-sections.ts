import { messageOf } from '../errors/lab-error.ts'
import type { ResolvedScript } from '../script/resolved-script.ts'
import { systemClock } from '../util/clock.ts'
import type { PlainRecord } from '../util/records.ts'
import type { RunSuggestions } from '../script/artillery-global.ts'
import { prepareEnvironment } from './prepare-environment.ts'
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

/**
 * Runs the `before` section of a script once, for generators that are told its variables by `beforeVars`.
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
  const vars = before === undefined ? {} : await runSection(before, environment, {})
  return {
    vars,
    suggestions: environment.suggestions,
    after: async () => {
      try {
        if (after !== undefined) await runSection(after, environment, vars)
        return undefined
      } catch (error) {
        return messageOf(error)
      } finally {
        environment.sharedConnections?.close()
      }
    },
  }
}
