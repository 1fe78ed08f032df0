import { LabError } from '../errors/lab-error.ts'
import { parseDurationMs } from '../util/duration.ts'
import { asList, asRecord, isRecord, type PlainRecord } from '../util/records.ts'

/** A request that tells another system that a run starts or stops. Its texts may hold templates. */
export interface MarkerHook {
  readonly on: 'start' | 'stop'
  readonly label: string
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** A value that is sent as JSON, or text that is sent as it is. */
  readonly body: { readonly json: unknown } | { readonly text: string } | undefined
  readonly timeoutMs: number
}

/**
 * Reads `config.markers`: a list of `{ on: start | stop, url, method?, headers?, json? | body?, label?, timeout? }`.
 * @throws LabError `EK_LAB_SCRIPT_INVALID`, naming the entry.
 */
export function parseMarkers(value: unknown): MarkerHook[] {
  return asList(value).map((entry, index) => parseMarker(entry, `config.markers[${index}]`))
}

const keys = ['on', 'label', 'url', 'method', 'headers', 'json', 'body', 'timeout']

function parseMarker(value: unknown, place: string): MarkerHook {
  const refuse = (what: string): never => {
    throw new LabError('EK_LAB_SCRIPT_INVALID', `${place} ${what}`, {
      hint: 'a marker is { on: start or stop, url, method, headers, json or body, label, timeout }',
    })
  }
  if (!isRecord(value)) return refuse(`must be an object, received ${JSON.stringify(value)}`)
  const unknown = Object.keys(value).find((key) => !keys.includes(key))
  if (unknown !== undefined) return refuse(`has an unknown key "${unknown}"`)
  const { on, url, json, body } = value
  if (on !== 'start' && on !== 'stop') return refuse(`needs "on": "start" or "stop", received ${JSON.stringify(on)}`)
  if (typeof url !== 'string' || url === '') return refuse(`needs a "url", received ${JSON.stringify(url)}`)
  const timeoutMs = parseDurationMs(value['timeout'] ?? '10s') ?? 0
  if (timeoutMs <= 0) return refuse(`has no duration in "timeout": ${JSON.stringify(value['timeout'])}`)
  return {
    on,
    url,
    label: textOr(value['label'], on === 'start' ? 'load test started' : 'load test stopped'),
    method: textOr(value['method'], 'POST').toUpperCase(),
    headers: headersOf(asRecord(value['headers'])),
    body: bodyOf(json, body, refuse),
    timeoutMs,
  }
}

function bodyOf(json: unknown, text: unknown, refuse: (what: string) => never): MarkerHook['body'] {
  if (json !== undefined && text !== undefined) return refuse('has both "json" and "body"')
  if (json !== undefined) return { json }
  if (text === undefined) return undefined
  return typeof text === 'string' ? { text } : refuse('needs text for "body"')
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise
}

function headersOf(headers: PlainRecord): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
}
