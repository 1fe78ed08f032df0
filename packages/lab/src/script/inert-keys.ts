import type { Finding } from '../errors/lab-error.ts'
import { asRecord, getPath, isRecord, type PlainRecord } from '../util/records.ts'
import { nameOf, ShapeReport } from './shape.ts'
import type { ScriptPath, ScriptSource } from './script-source.ts'

/** Keys of the language that change nothing here, with what takes their place. */
const inertKeys: readonly { readonly path: ScriptPath; readonly instead: string }[] = [
  { path: ['engines'], instead: 'this lab has the engines "http" and "ws"' },
  { path: ['socketio'], instead: 'this lab has the engines "http" and "ws"' },
  { path: ['bundling'], instead: 'TypeScript processors run as they are' },
  { path: ['includeFiles'], instead: 'agents get the files that the script names; add more with --include' },
  { path: ['statsInterval'], instead: 'figures are kept for every second' },
  { path: ['ws', 'defaults'], instead: 'set "config.ws.headers"' },
  { path: ['plugins', 'expect', 'outputFormat'], instead: 'the summary and the reports list expectations' },
  { path: ['plugins', 'expect', 'outputFile'], instead: 'the summary and the reports list expectations' },
  { path: ['plugins', 'expect', 'formatter'], instead: 'the summary and the reports list expectations' },
  { path: ['plugins', 'metrics-by-endpoint', 'metricsNamespace'], instead: 'the names keep their usual beginning' },
  { path: ['plugins', 'metrics-by-endpoint', 'metricsPrefix'], instead: 'the names keep their usual beginning' },
]

/** A warning for each key of the script that has no effect, in the configuration and in its environments. */
export function inertKeyFindings(source: ScriptSource): readonly Finding[] {
  const config = isRecord(source.value) ? asRecord(source.value['config']) : {}
  const environments = Object.keys(asRecord(config['environments'])).map((name) => ['environments', name])
  const report = new ShapeReport(source)
  for (const prefix of [[], ...environments]) addFindings(config, prefix, report)
  return report.problems
}

function addFindings(config: PlainRecord, prefix: readonly string[], report: ShapeReport): void {
  for (const { path, instead } of inertKeys) {
    const keys = [...prefix, ...path.map(String)]
    if (getPath(config, keys) === undefined) continue
    const full = ['config', ...keys]
    report.add(full, `"${nameOf(full)}" has no effect`, instead)
  }
}
