import { hostname } from 'node:os'
import { request } from 'undici'
import { messageOf } from '../errors/lab-error.ts'
import { metricValues } from '../measure/metric-values.ts'
import type { LabResult, Marker } from '../result/lab-result.ts'
import { fillTemplates } from '../script/template.ts'
import type { PlainRecord } from '../util/records.ts'
import { toText } from '../util/to-text.ts'
import type { MarkerHook } from './marker-hook.ts'

/** A hook that was called, at a wall-clock time. */
export interface FiredMarker {
  readonly on: MarkerHook['on']
  readonly label: string
  readonly atEpochMs: number
  readonly detail: string
  /** Why it failed. */
  readonly problem: string | undefined
}

export interface MarkerFacts {
  /** Name of the run. */
  readonly name: string
  readonly target: string
  /** Of a finished run, for hooks on `stop`. */
  readonly result?: LabResult
}

/**
 * Calls the hooks of one moment, one after the other. Never rejects: another system that is down must not spoil a load test.
 * Their templates know `run.name`, `run.target`, `run.state`, `run.result.<metric>` (on stop), `hostname` and `now`.
 */
export async function fireMarkers(
  hooks: readonly MarkerHook[],
  on: MarkerHook['on'],
  facts: MarkerFacts,
): Promise<FiredMarker[]> {
  const fired: FiredMarker[] = []
  for (const hook of hooks.filter((each) => each.on === on)) fired.push(await fire(hook, variablesOf(on, facts)))
  return fired
}

function variablesOf(on: MarkerHook['on'], { name, target, result }: MarkerFacts): PlainRecord {
  const known = result === undefined ? {} : { id: result.id, status: result.status }
  // Names of metrics hold dots: each is a variable of its own.
  const metrics = Object.entries(result === undefined ? {} : metricValues(result)).map(
    ([metric, value]) => [`run.result.${metric}`, value] as const,
  )
  return {
    ...Object.fromEntries(metrics),
    hostname: hostname(),
    now: new Date().toISOString(),
    run: { name, target, state: on, ...known },
  }
}

async function fire(hook: MarkerHook, vars: PlainRecord): Promise<FiredMarker> {
  const fill = (value: unknown): unknown => fillTemplates(value, { vars, functions: {} })
  const atEpochMs = Date.now()
  const label = toText(fill(hook.label))
  const url = toText(fill(hook.url))
  try {
    const headers = Object.entries(hook.headers).map(([name, value]) => [name, toText(fill(value))] as const)
    const isJson = hook.body !== undefined && 'json' in hook.body
    const response = await request(url, {
      method: hook.method as 'POST',
      headers: { ...(isJson ? { 'content-type': 'application/json' } : {}), ...Object.fromEntries(headers) },
      body: bodyText(hook.body, fill),
      signal: AbortSignal.timeout(hook.timeoutMs),
    })
    await response.body.dump()
    const isDone = response.statusCode >= 200 && response.statusCode < 300
    const detail = `${originOf(url)} answered ${response.statusCode}`
    return { on: hook.on, label, atEpochMs, detail, problem: isDone ? undefined : detail }
  } catch (error) {
    const problem = `${originOf(url)}: ${messageOf(error)}`
    return { on: hook.on, label, atEpochMs, detail: problem, problem }
  }
}

function bodyText(body: MarkerHook['body'], fill: (value: unknown) => unknown): string | null {
  if (body === undefined) return null
  return 'json' in body ? JSON.stringify(fill(body.json)) : toText(fill(body.text))
}

/** Path, query and user of a hook may hold keys: a result file is passed around. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'a marker with an invalid URL'
}

/** The result with its markers on the time axis, and a warning for each that failed. */
export function withMarkers(result: LabResult, fired: readonly FiredMarker[]): LabResult {
  if (fired.length === 0) return result
  const markers = fired.map((each): Marker => ({
    atMs: Math.max(0, each.atEpochMs - result.meta.startedAtEpochMs),
    label: each.label,
    kind: each.on,
    detail: each.detail,
  }))
  const warnings = fired
    .filter((each) => each.problem !== undefined)
    .map((each) => `The marker "${each.label}" could not be set: ${each.problem ?? ''}`)
  return {
    ...result,
    markers: [...result.markers, ...markers].toSorted((a, b) => a.atMs - b.atMs),
    warnings: [...result.warnings, ...warnings],
  }
}
