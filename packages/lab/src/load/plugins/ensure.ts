import { parseExpression } from '../../script/expression.ts'
import type { EnsureSettings } from '../../script/plugin-settings.ts'
import { metricValues } from '../../measure/metric-values.ts'
import type { Check, LabResult } from '../../result/lab-result.ts'

/** Judges thresholds and conditions, unless the generator was the limit: then the figures are those of the wrong machine. */
export function evaluateEnsure(settings: EnsureSettings | undefined, result: LabResult): readonly Check[] {
  // Most scripts ensure nothing; naming every figure of a result is then a good part of what a short run costs.
  if (settings === undefined) return []
  const metrics = metricValues(result)
  const checks = [
    ...settings.thresholds.map((threshold) => checkThreshold(threshold, metrics)),
    ...settings.conditions.map((condition) => checkCondition(condition, metrics)),
  ]
  if (result.generator.verdict !== 'limited') return checks
  return checks.map((check) => ({ ...check, status: 'not-evaluated' as const }))
}

function checkThreshold(
  { metric, max }: EnsureSettings['thresholds'][number],
  metrics: Readonly<Record<string, number>>,
): Check {
  const actual = metrics[metric]
  return {
    source: 'ensure',
    name: `${metric} < ${max}`,
    // A figure that was never measured cannot be below a limit.
    status: actual !== undefined && actual < max ? 'passed' : 'failed',
    strict: true,
    expected: `< ${max}`,
    actual: actual === undefined ? 'never measured' : String(actual),
  }
}

function checkCondition(
  { expression, strict }: EnsureSettings['conditions'][number],
  metrics: Readonly<Record<string, number>>,
): Check {
  const value = parseExpression(quoteNames(expression, Object.keys(metrics)), 0).evaluate({ ...metrics })
  return {
    source: 'ensure',
    name: expression,
    status: value === true || (typeof value === 'number' && value !== 0) ? 'passed' : 'failed',
    strict,
    ...(value instanceof Error ? { actual: value.message } : {}),
  }
}

/**
 * The names of scenarios and requests are parts of metric names, so that these hold anything: `vusers.created_by_name.log in (EU)`. Such
 * a name is put in the quotes that expressions want, longer ones first, where it is not in quotes already.
 */
function quoteNames(expression: string, names: readonly string[]): string {
  const odd = names.filter((name) => /[^\w.]/.test(name)).toSorted((left, right) => right.length - left.length)
  if (odd.length === 0) return expression
  const pattern = new RegExp(
    `'(?:[^'\\\\]|\\\\.)*'|"(?:[^"\\\\]|\\\\.)*"|${odd.map((name) => escaped(name)).join('|')}`,
    'g',
  )
  return expression.replace(pattern, (found) =>
    /^['"]/.test(found) ? found : `'${found.replace(/['\\]/g, (character) => `\\${character}`)}'`,
  )
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
