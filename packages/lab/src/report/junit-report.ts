import type { ComparisonResult } from '../compare/comparison-result.ts'
import type { Check, LabResult } from '../result/lab-result.ts'
import { escapeText } from './html.ts'

interface TestCase {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly message?: string
}

/** The checks of a run as JUnit XML. A run without checks has one case: whether it was carried out. */
export function renderRunJunit(result: LabResult): string {
  const cases: TestCase[] = [
    {
      name: 'the run was complete',
      outcome: result.status === 'complete' ? 'passed' : 'failed',
      ...(result.partialReason === undefined ? {} : { message: result.partialReason }),
    },
    healthCase(result),
    ...result.checks.map((check) => checkCase(check)),
  ]
  return suite(result.meta.name, cases, {
    startedAtEpochMs: result.meta.startedAtEpochMs,
    durationMs: result.meta.durationMs,
  })
}

/** A comparison as JUnit XML: a headline metric that got slower is a failure, an inconclusive one is skipped. */
export function renderComparisonJunit(comparison: ComparisonResult): string {
  const cases = comparison.metrics.map((metric): TestCase => {
    const { status } = metric.verdict
    const outcome = status === 'slower' && metric.role === 'headline' ? 'failed' : undefined
    return {
      name: `${metric.title}: ${comparison.b.label} against ${comparison.a.label}`,
      outcome: outcome ?? (status === 'inconclusive' ? 'skipped' : 'passed'),
      message: comparison.verdict.sentence,
    }
  })
  return suite(comparison.name, cases, comparison)
}

function healthCase(result: LabResult): TestCase {
  const { verdict, reasons } = result.generator
  return {
    name: 'the generator was not the limit',
    outcome: verdict === 'limited' ? 'failed' : 'passed',
    ...(reasons.length === 0 ? {} : { message: reasons.map((reason) => reason.message).join('; ') }),
  }
}

function checkCase(check: Check): TestCase {
  const message = [
    check.expected === undefined ? undefined : `expected ${check.expected}`,
    check.actual === undefined ? undefined : `actual ${check.actual}`,
    check.failed === undefined ? undefined : `${check.failed} failed, ${check.passed ?? 0} passed`,
    check.strict ? undefined : 'advisory',
  ].filter((part) => part !== undefined)
  const failed = check.strict ? 'failed' : 'skipped'
  const outcomes = { passed: 'passed', failed, 'not-evaluated': 'skipped' } as const
  return { name: `${check.source}: ${check.name}`, outcome: outcomes[check.status], message: message.join(', ') }
}

function suite(
  name: string,
  cases: readonly TestCase[],
  time: { readonly startedAtEpochMs: number; readonly durationMs: number },
): string {
  const count = (outcome: TestCase['outcome']): number => cases.filter((each) => each.outcome === outcome).length
  const seconds = (time.durationMs / 1000).toFixed(3)
  const attributes = `tests="${cases.length}" failures="${count('failed')}" skipped="${count('skipped')}" time="${seconds}"`
  const stamp = new Date(time.startedAtEpochMs).toISOString().slice(0, 19)
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${attributes}>
  <testsuite name="${escapeText(name)}" ${attributes} errors="0" timestamp="${stamp}">
${cases.map((each) => caseMarkup(name, each)).join('\n')}
  </testsuite>
</testsuites>
`
}

function caseMarkup(suiteName: string, each: TestCase): string {
  const open = `    <testcase classname="${escapeText(suiteName)}" name="${escapeText(each.name)}" time="0"`
  if (each.outcome === 'passed') return `${open}/>`
  const element = each.outcome === 'failed' ? 'failure' : 'skipped'
  return `${open}><${element} message="${escapeText(each.message ?? '')}"/></testcase>`
}
