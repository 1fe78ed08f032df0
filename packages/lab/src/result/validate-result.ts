import { LabError } from '../errors/lab-error.ts'
import { resultFormat, resultVersion, type LabResult } from './lab-result.ts'

type Kind = 'string' | 'number' | 'array' | 'object'

const topLevel: Readonly<Record<string, Kind>> = {
  id: 'string',
  status: 'string',
  meta: 'object',
  plan: 'object',
  phases: 'array',
  scenarios: 'array',
  users: 'object',
  requests: 'object',
  counters: 'object',
  codes: 'object',
  errors: 'array',
  latency: 'object',
  custom: 'object',
  endpoints: 'array',
  series: 'object',
  generator: 'object',
  markers: 'array',
  checks: 'array',
  warnings: 'array',
}

const nested: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  meta: { name: 'string', startedAtEpochMs: 'number', durationMs: 'number', versions: 'object', machine: 'object' },
  plan: { model: 'string', target: 'string', phases: 'array', intendedArrivals: 'number' },
  users: { intended: 'number', created: 'number', completed: 'number', failed: 'number', skipped: 'number' },
  requests: { sent: 'number', responses: 'number', failed: 'number' },
  series: { binMs: 'number', bins: 'array' },
  generator: { verdict: 'string', reasons: 'array', sendLag: 'object' },
}

const latencyParts = ['latency', 'service', 'firstByte', 'body', 'wait', 'dns', 'connect', 'tls'] as const

/**
 * Checks the shape of a stored result.
 * @throws LabError `EK_LAB_RESULT_VERSION` for a version of the future, `EK_LAB_RESULT_INVALID` for anything else, naming the field.
 */
export function validateResult(value: unknown, source = 'result'): LabResult {
  const record = asRecord(value)
  if (record === undefined || record['format'] !== resultFormat)
    throw new LabError(
      'EK_LAB_RESULT_INVALID',
      `"${source}" is no result of this lab: "format" is not "${resultFormat}"`,
    )
  if (record['version'] !== resultVersion)
    throw new LabError(
      'EK_LAB_RESULT_VERSION',
      `"${source}" has result version ${JSON.stringify(record['version'])}, this lab reads version ${resultVersion}`,
    )
  const problems = [...fieldProblems(record, topLevel, ''), ...nestedProblems(record), ...histogramProblems(record)]
  if (problems.length > 0)
    throw new LabError('EK_LAB_RESULT_INVALID', `"${source}" does not follow the result schema: ${problems.join('; ')}`)
  return value as LabResult
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

function fieldProblems(record: Record<string, unknown>, shape: Readonly<Record<string, Kind>>, path: string): string[] {
  return Object.entries(shape)
    .filter(([key, kind]) => kindOf(record[key]) !== kind)
    .map(([key, kind]) => `"${path}${key}" must be of type ${kind}, received ${kindOf(record[key])}`)
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return value === null ? 'null' : typeof value
}

function nestedProblems(record: Record<string, unknown>): string[] {
  return Object.entries(nested).flatMap(([key, shape]) => {
    const part = asRecord(record[key])
    return part === undefined ? [] : fieldProblems(part, shape, `${key}.`)
  })
}

function histogramProblems(record: Record<string, unknown>): string[] {
  const latency = asRecord(record['latency'])
  if (latency === undefined) return []
  return latencyParts.flatMap((part) => {
    const histogram = asRecord(latency[part])
    if (histogram === undefined) return [`"latency.${part}" must be of type object`]
    const shape = { count: 'number', min: 'number', max: 'number', sum: 'number', hdr: 'string' } as const
    return fieldProblems(histogram, shape, `latency.${part}.`)
  })
}
