import type { RequestPlan } from './load-plan.ts'

const defaultTimeoutMs = 10_000

/** A plan of one repeated request with the usual settings: GET, 10 connections, no pipelining, no warm-up, 10 s limit. */
export function requestPlan(given: Pick<RequestPlan, 'url'> & Partial<Omit<RequestPlan, 'kind'>>): RequestPlan {
  const { headers, ...rest } = given
  return {
    kind: 'request',
    method: 'GET',
    connections: 10,
    pipelining: 1,
    warmUpMs: 0,
    timeoutMs: defaultTimeoutMs,
    verifyTls: true,
    ...rest,
    headers: { 'user-agent': 'evenkeel-lab', accept: '*/*', ...lowerCase(headers ?? {}) },
  }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
