import { asList, asRecord, isRecord, type PlainRecord } from '../util/records.ts'
import { toText } from '../util/to-text.ts'
import { httpMethods } from './flow-shape.ts'
import type { ScriptPath, ScriptSource } from './script-source.ts'
import type { HookReference, LoopStep, ParallelStep, Scenario, SendStep, Step } from './step.ts'

/** Makes the typed scenario of a part of a script whose shape was checked. */
export function parseScenario(value: unknown, path: ScriptPath, source: ScriptSource): Scenario {
  const record = asRecord(value)
  const index = path.at(-1)
  return {
    name: typeof record['name'] === 'string' ? record['name'] : String(index),
    weight: parseWeight(record['weight']),
    engine: record['engine'] === 'ws' ? 'ws' : 'http',
    variables: asRecord(record['variables']),
    beforeScenario: hooks(record['beforeScenario']),
    afterScenario: hooks(record['afterScenario']),
    beforeRequest: hooks(record['beforeRequest']),
    afterResponse: hooks(record['afterResponse']),
    onError: hooks(record['onError']),
    flow: parseSteps(asList(record['flow']), [...path, 'flow'], source),
  }
}

/** Weights are whole numbers; what is none counts as 0, so the scenario is never chosen. */
function parseWeight(value: unknown): number {
  if (value === undefined || value === null) return 1
  const weight = Number.parseInt(toText(value), 10)
  return Number.isNaN(weight) || weight < 0 ? 0 : weight
}

function hooks(value: unknown): readonly HookReference[] {
  return asList(value).map((each) => each as HookReference)
}

/** Nested lists (YAML anchors produce them) are flattened. */
function parseSteps(list: readonly unknown[], path: ScriptPath, source: ScriptSource): Step[] {
  return list.flatMap((item, index) => {
    const place = [...path, index]
    return Array.isArray(item) ? parseSteps(item, place, source) : [parseStep(asRecord(item), place, source)]
  })
}

function parseStep(record: PlainRecord, path: ScriptPath, source: ScriptSource): Step {
  const method = httpMethods.find((each) => each in record)
  if (method === undefined) return parseOther(record, path, source)
  const value = record[method]
  const params = isRecord(value) ? value : { url: value }
  return {
    kind: 'request',
    method: method.toUpperCase(),
    params,
    ...base({ ...record, ...pickConditions(params) }, path, source),
  }
}

function pickConditions(params: PlainRecord): PlainRecord {
  const { ifTrue, probability } = params
  return { ...(ifTrue === undefined ? {} : { ifTrue }), ...(probability === undefined ? {} : { probability }) }
}

function base(
  record: PlainRecord,
  path: ScriptPath,
  source: ScriptSource,
): Pick<Step, 'place' | 'ifTrue' | 'probability'> {
  const located = source.locate(path)
  const { ifTrue, probability } = record
  return {
    place: located === undefined ? source.file : `${source.file}:${located.line}`,
    ifTrue: typeof ifTrue === 'string' ? ifTrue : undefined,
    probability: typeof probability === 'number' || typeof probability === 'string' ? probability : undefined,
  }
}

function parseOther(record: PlainRecord, path: ScriptPath, source: ScriptSource): Step {
  const common = base(record, path, source)
  if ('think' in record) return { kind: 'think', duration: record['think'], jitter: record['jitter'], ...common }
  if ('log' in record) return { kind: 'log', text: record['log'], ...common }
  if ('function' in record) return { kind: 'function', hook: record['function'] as HookReference, ...common }
  if ('loop' in record) return parseLoop(record, path, source)
  if ('parallel' in record) return parseParallel(record, path, source)
  if ('connect' in record) return { kind: 'connect', connect: record['connect'], ...common }
  return parseSend(record, path, source)
}

function parseLoop(record: PlainRecord, path: ScriptPath, source: ScriptSource): LoopStep {
  return {
    kind: 'loop',
    steps: parseSteps(asList(record['loop']), [...path, 'loop'], source),
    count: record['count'],
    over: record['over'],
    whileTrue: record['whileTrue'] as HookReference | undefined,
    loopValue: typeof record['loopValue'] === 'string' ? record['loopValue'] : '$loopCount',
    loopElement: typeof record['loopElement'] === 'string' ? record['loopElement'] : '$loopElement',
    ...base(record, path, source),
  }
}

const defaultParallelLimit = 100

function parseParallel(record: PlainRecord, path: ScriptPath, source: ScriptSource): ParallelStep {
  return {
    kind: 'parallel',
    steps: parseSteps(asList(record['parallel']), [...path, 'parallel'], source),
    limit: Number(record['limit'] ?? defaultParallelLimit),
    ...base(record, path, source),
  }
}

/** `send: text`, `send: { any: JSON }`, and `send` or `wait` with `payload`, `capture` and `match`. */
function parseSend(record: PlainRecord, path: ScriptPath, source: ScriptSource): SendStep {
  const verb = 'send' in record ? 'send' : 'wait'
  const value = record[verb]
  const structured = isRecord(value) && ('capture' in value || 'match' in value)
  const options = structured ? value : {}
  return {
    kind: 'send',
    payload: structured ? value['payload'] : verb === 'send' ? value : undefined,
    capture: asList(options['capture'] ?? record['capture']).map((each) => asRecord(each)),
    match: asList(options['match'] ?? record['match']).map((each) => asRecord(each)),
    timeout: options['timeout'] ?? record['timeout'],
    name: typeof record['name'] === 'string' ? record['name'] : verb,
    ...base(record, path, source),
  }
}
