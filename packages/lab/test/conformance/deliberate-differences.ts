import type { RunOutcome } from './script-group.ts'

export interface DeliberateDifference {
  readonly why: string
  /**
   * `outcome`: requests, codes, users or the exit code differ, so that the group does not count as equal. `figure`: only further counters.
   */
  readonly kind: 'outcome' | 'figure'
  /** Artillery's outcome as it is here. */
  readonly change: (outcome: RunOutcome) => RunOutcome
}

function exitCode(code: number, why: string): DeliberateDifference {
  return { why, kind: 'outcome', change: (outcome) => ({ ...outcome, exitCode: code }) }
}

function counters(changes: Readonly<Record<string, number>>, why: string): DeliberateDifference {
  return {
    why,
    kind: 'figure',
    change: (outcome) => ({ ...outcome, counters: { ...outcome.counters, ...changes } }),
  }
}

const nobodyGotThrough = 'a run in which no user gets through is no success'
const usage = 'a mistake of the caller has the exit code 2'
const messages = 'every message of the server counts, not only those that a step waits for'

/** Where the lab differs on purpose, by run. */
export const deliberateDifferences: Readonly<Record<string, DeliberateDifference>> = {
  '12 that is no expression': {
    why: 'an ifTrue that is no expression is refused before anything is sent, instead of counting as true',
    kind: 'outcome',
    change: () => ({ exitCode: 2, counters: {}, histograms: {}, received: {} }),
  },
  '26 refused': exitCode(1, nobodyGotThrough),
  '27': counters({ 'websocket.messages_received': 2 }, messages),
  '28': counters({ 'websocket.messages_received': 2 }, messages),
  '29': counters({ 'websocket.messages_received': 2 }, messages),
  '30': counters({ 'websocket.messages_received': 2 }, messages),
  '36 that fail with a code': exitCode(1, nobodyGotThrough),
  '36 that fail with a message': exitCode(1, nobodyGotThrough),
  '37 Scenario': exitCode(2, usage),
  '37 None': exitCode(2, usage),
  '43 ES module': exitCode(1, nobodyGotThrough),
  '43 TypeScript: fail': exitCode(1, nobodyGotThrough),
  '46 whose failures are errors': counters(
    { 'plugins.metrics-by-endpoint./none (unicorns).codes.404': 2 },
    'an answer counts for its endpoint also when an expectation of it fails',
  ),
  '51 WebSocket': counters({ 'websocket.messages_received': 4 }, messages),
  '52 with redirects': counters(
    { 'plugins.metrics-by-endpoint./redirects.codes.302': 2 },
    'a redirect counts for the endpoint that gave it',
  ),
  '54 a GET with a body': {
    why: 'a GET may have a body',
    kind: 'outcome',
    change: () => ({
      exitCode: 0,
      counters: {
        'http.codes.200': 4,
        'http.requests': 4,
        'http.responses': 4,
        'plugins.metrics-by-endpoint./.codes.200': 2,
        'plugins.metrics-by-endpoint./pony.codes.200': 2,
        'vusers.completed': 2,
        'vusers.created': 2,
        'vusers.created_by_name.0': 2,
      },
      histograms: {},
      received: { 'GET / type=application/json {"a":1} -> 200': 2, 'GET /pony -> 200': 2 },
    }),
  },
}
