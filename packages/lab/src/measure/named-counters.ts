import type { RunRecorder } from './run-recorder.ts'
import { addressOf } from './metric-values.ts'

/** The counters of a run by the names that scripts, dashboards and Artillery's users know. */
export function namedCounters(recorder: RunRecorder): Readonly<Record<string, number>> {
  const { users } = recorder
  const counters: Record<string, number> = {
    'vusers.created': users.created,
    'vusers.completed': users.completed,
    'vusers.failed': users.failed,
    'vusers.skipped': users.skipped,
    'http.requests': recorder.sent,
    'http.responses': recorder.responses,
    'http.downloaded_bytes': recorder.bytesReceived,
  }
  for (const { name, created } of recorder.scenarioTotals()) counters[`vusers.created_by_name.${name}`] = created
  for (const [code, count] of Object.entries(recorder.codes)) counters[`http.codes.${code}`] = count
  for (const { code, count } of recorder.errorTotals()) counters[`errors.${code}`] = count
  for (const endpoint of recorder.endpoints()) {
    const name = `plugins.metrics-by-endpoint.${addressOf(endpoint.name)}`
    for (const [code, count] of Object.entries(endpoint.codes)) add(counters, `${name}.codes.${code}`, count)
    for (const [code, count] of Object.entries(endpoint.errors)) add(counters, `${name}.errors.${code}`, count)
  }
  return { ...counters, ...recorder.counters }
}

/** Two methods of one path share a name. */
function add(counters: Record<string, number>, name: string, count: number): void {
  counters[name] = (counters[name] ?? 0) + count
}
