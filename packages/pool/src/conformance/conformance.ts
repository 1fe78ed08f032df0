import { test } from 'node:test'
import { lifecycleChecks } from './lifecycle-checks.ts'
import { limitChecks } from './limit-checks.ts'
import { programChecks } from './program-checks.ts'
import { streamChecks } from './stream-checks.ts'
import type { Check, Subject } from './subject.ts'

/** Every check of the suite, in the order in which they run. */
export const conformanceChecks: readonly Check[] = [
  ...programChecks,
  ...limitChecks,
  ...lifecycleChecks,
  ...streamChecks,
]

/** Registers the suite with `node:test`: one test for each check, through a real pool. A topic that is skipped says why. */
export function engineConformance(subject: Subject): void {
  const { name } = subject.engine()
  for (const check of conformanceChecks) {
    const reason = subject.skips?.[check.topic]
    test(`${name} · ${check.topic}: ${check.title}`, reason === undefined ? {} : { skip: reason }, () =>
      check.run(subject),
    )
  }
}
