import type { Check } from '../../result/lab-result.ts'

interface Entry {
  passed: number
  failed: number
  expected: string
  /** What the first failure got. */
  actual: string | undefined
}

/** How often each expectation of a script held. */
export class ExpectationBook {
  readonly #entries = new Map<string, Entry>()

  record(name: string, outcome: { readonly ok: boolean; readonly expected: string; readonly actual: string }): void {
    let entry = this.#entries.get(name)
    if (entry === undefined) {
      entry = { passed: 0, failed: 0, expected: outcome.expected, actual: undefined }
      this.#entries.set(name, entry)
    }
    if (outcome.ok) entry.passed++
    else {
      entry.failed++
      entry.actual ??= outcome.actual
    }
  }

  checks(): readonly Check[] {
    return [...this.#entries].map(([name, { passed, failed, expected, actual }]) => ({
      source: 'expect',
      name,
      status: failed === 0 ? 'passed' : 'failed',
      strict: true,
      expected,
      ...(actual === undefined ? {} : { actual }),
      passed,
      failed,
    }))
  }
}
