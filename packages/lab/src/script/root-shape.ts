import type { Finding } from '../errors/lab-error.ts'
import { isRecord } from '../util/records.ts'
import { closestWord } from './closest-word.ts'
import { rootKeys } from './script-shape.ts'
import type { ScriptSource } from './script-source.ts'
import { ShapeReport } from './shape.ts'

/** Keys that describe a script and change nothing. */
const notes = new Set(['$schema', 'version', 'description'])

/** Checks a whole script. Keys that start with `x-` hold parts for YAML anchors and are left alone. */
export function checkRoot(source: ScriptSource): readonly Finding[] {
  const report = new ShapeReport(source)
  const { value } = source
  if (!isRecord(value)) {
    report.add([], 'A script must hold "config" and "scenarios"')
    return report.problems
  }
  for (const [key, part] of Object.entries(value)) {
    const shape = rootKeys[key]
    if (shape !== undefined) {
      if (part !== null) shape(part, [key], report)
    } else if (!key.startsWith('x-') && !notes.has(key) && typeof part !== 'function') reportRootKey(key, report)
  }
  return report.problems
}

function reportRootKey(key: string, report: ShapeReport): void {
  const closest = closestWord(key, Object.keys(rootKeys))
  const hint = 'a part kept for YAML anchors needs a name that starts with "x-"'
  report.add([key], `Unknown key "${key}" at the root`, closest === undefined ? hint : `did you mean "${closest}"?`)
}
