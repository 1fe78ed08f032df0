import jmespath from 'jmespath'
import { asList, getPath, isRecord, parsePropertyPath } from '../../util/records.ts'
import { toText } from '../../util/to-text.ts'
import { headerOf, type HookResponse } from '../http/response.ts'

export interface CheckOutcome {
  readonly ok: boolean
  readonly expected: string
  readonly actual: string
}

type Checker = (expected: unknown, response: HookResponse) => CheckOutcome

/** One function for each kind of expectation, by its key in a script. */
export const checkers: Readonly<Record<string, Checker>> = {
  statusCode: (expected, { statusCode }) => ({
    ok: asList(expected).some((each) => Number(each) === statusCode),
    expected: toText(expected),
    actual: String(statusCode),
  }),
  notStatusCode: (expected, { statusCode }) => ({
    ok: !asList(expected).some((each) => Number(each) === statusCode),
    expected: `not ${toText(expected)}`,
    actual: String(statusCode),
  }),
  contentType: checkContentType,
  hasHeader: (expected, { headers }) => {
    const found = headerOf(headers, toText(expected))
    return { ok: found !== undefined, expected: `header ${toText(expected)}`, actual: found ?? 'no such header' }
  },
  headerEquals: checkHeaderEquals,
  hasProperty: (expected, response) => {
    const ok = getPath(jsonOf(response), parsePropertyPath(toText(expected))) !== undefined
    return { ok, expected: `property ${toText(expected)}`, actual: ok ? 'present' : 'missing' }
  },
  notHasProperty: (expected, response) => {
    const found = getPath(jsonOf(response), parsePropertyPath(toText(expected))) !== undefined
    return { ok: !found, expected: `no property ${toText(expected)}`, actual: found ? 'present' : 'missing' }
  },
  equals: (expected) => {
    const values = asList(expected).map((each) => toText(each))
    return { ok: new Set(values).size <= 1, expected: 'equal values', actual: values.join(', ') }
  },
  matchesRegexp: (expected, { body }) => ({
    ok: new RegExp(toText(expected)).test(body),
    expected: `a body that matches ${toText(expected)}`,
    actual: shorten(body),
  }),
  jmespath: checkJmespath,
  jpath: checkJmespath,
  cdnHit: checkCdnHit,
}

function checkContentType(expected: unknown, { headers }: HookResponse): CheckOutcome {
  const actual = headerOf(headers, 'content-type') ?? 'none'
  const wanted = toText(expected).toLowerCase()
  const given = actual.toLowerCase()
  return { ok: wanted === 'json' ? given.includes('json') : given.startsWith(wanted), expected: wanted, actual }
}

function checkHeaderEquals(expected: unknown, { headers }: HookResponse): CheckOutcome {
  const [name, ...values] = asList(expected).map((each) => toText(each))
  const actual = headerOf(headers, name ?? '')
  return {
    ok: actual !== undefined && values.includes(actual),
    expected: `${name ?? ''}: ${values.join(' or ')}`,
    actual: actual ?? 'no such header',
  }
}

function checkJmespath(expected: unknown, response: HookResponse): CheckOutcome {
  const list = Array.isArray(expected) ? (expected as readonly unknown[]) : undefined
  const record = isRecord(expected) ? expected : undefined
  const expression = toText(list?.[0] ?? record?.['expression'] ?? record?.['query'] ?? expected)
  const wanted: unknown = list?.[1] ?? record?.['value']
  const found: unknown = search(jsonOf(response), expression)
  const ok = wanted === undefined ? Boolean(found) : JSON.stringify(found) === JSON.stringify(wanted)
  return {
    ok,
    expected: wanted === undefined ? expression : `${expression} = ${toText(wanted)}`,
    actual: toText(found),
  }
}

function search(json: unknown, expression: string): unknown {
  try {
    return jmespath.search(json, expression) as unknown
  } catch {
    return undefined
  }
}

const cacheHeaders = ['cf-cache-status', 'x-cache', 'x-cache-status', 'x-proxy-cache', 'cdn-cache']

function checkCdnHit(expected: unknown, { headers }: HookResponse): CheckOutcome {
  const found = cacheHeaders.map((name) => headerOf(headers, name)).find((value) => value !== undefined)
  const hit = found !== undefined && /hit/i.test(found)
  return {
    ok: hit === (expected !== false && expected !== 'false'),
    expected: toText(expected),
    actual: found ?? 'no header',
  }
}

function jsonOf({ body }: HookResponse): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function shorten(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`
}
