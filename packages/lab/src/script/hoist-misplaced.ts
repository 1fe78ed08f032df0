import type { Finding } from '../errors/lab-error.ts'
import { asRecord, isRecord, type PlainRecord } from '../util/records.ts'
import { isConfigKey } from './script-shape.ts'
import type { ScriptPath, ScriptSource } from './script-source.ts'
import { ShapeReport } from './shape.ts'

export interface HoistedScript {
  readonly source: ScriptSource
  readonly warnings: readonly Finding[]
}

/**
 * Moves keys of `config` that stand at the root (and `order` beside `payload`) to where they belong, with a warning for each. A
 * runner that ignores them would send one user for one second and call it a success.
 */
export function hoistMisplaced(source: ScriptSource): HoistedScript {
  if (!isRecord(source.value)) return { source, warnings: [] }
  const report = new ShapeReport(source)
  const root: PlainRecord = { ...source.value }
  const config: PlainRecord = { ...asRecord(root['config']) }
  const origins = new Map<string, ScriptPath>()
  for (const key of Object.keys(root)) {
    if (!isConfigKey(key) || key in config) continue
    config[key] = root[key]
    delete root[key]
    origins.set(`config.${key}`, [key])
    report.add([key], `"${key}" stands at the root and was read as "config.${key}"`, 'indent it below "config"')
  }
  hoistOrder(root, config, { report, origins })
  if (origins.size === 0) return { source, warnings: [] }
  const value = { config, ...withoutConfig(root) }
  return { source: { ...source, value, locate: relocate(source, origins) }, warnings: report.problems }
}

function hoistOrder(
  root: PlainRecord,
  config: PlainRecord,
  { report, origins }: { readonly report: ShapeReport; readonly origins: Map<string, ScriptPath> },
): void {
  for (const [holder, path] of [
    [root, ['order']],
    [config, ['config', 'order']],
  ] as const) {
    const payload = config['payload']
    if (holder['order'] === undefined || !isRecord(payload) || payload['order'] !== undefined) continue
    config['payload'] = { ...payload, order: holder['order'] }
    delete holder['order']
    origins.set('config.payload.order', path)
    report.add(path, `"order" was read as "config.payload.order"`, 'indent it below "payload"')
  }
}

function withoutConfig(root: PlainRecord): PlainRecord {
  const rest = { ...root }
  delete rest['config']
  return rest
}

function relocate(source: ScriptSource, origins: ReadonlyMap<string, ScriptPath>): ScriptSource['locate'] {
  return (path) => {
    for (let length = Math.min(path.length, 3); length > 1; length--) {
      const origin = origins.get(path.slice(0, length).join('.'))
      if (origin !== undefined) return source.locate([...origin, ...path.slice(length)])
    }
    return source.locate(path)
  }
}
