import { isRecord } from '../util/records.ts'
import { closestWord } from './closest-word.ts'
import type { ScriptPath } from './script-source.ts'
import {
  anything,
  count,
  duration,
  flag,
  hook,
  keys,
  mapOf,
  number,
  oneOf,
  oneOrList,
  recordOr,
  scalar,
  text,
  type Shape,
  type ShapeReport,
} from './shape.ts'

export const httpMethods = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'trace'] as const

const capture = keys({
  json: text,
  xpath: text,
  regexp: anything,
  header: text,
  selector: text,
  as: text,
  strict: flag,
  multiple: flag,
  group: scalar,
  flags: scalar,
  attr: text,
  index: scalar,
  transform: text,
  value: scalar,
})

const match = keys({
  json: text,
  xpath: text,
  regexp: anything,
  header: text,
  selector: text,
  value: anything,
  strict: flag,
  attr: text,
  index: scalar,
  group: scalar,
  flags: scalar,
  as: text,
})

const expectation = keys({
  statusCode: anything,
  notStatusCode: anything,
  contentType: text,
  hasHeader: scalar,
  headerEquals: anything,
  hasProperty: scalar,
  notHasProperty: scalar,
  equals: anything,
  matchesRegexp: text,
  jmespath: anything,
  jpath: anything,
  cdnHit: flag,
})

const request = keys(
  {
    url: scalar,
    uri: scalar,
    name: text,
    qs: recordOr(text, mapOf(anything)),
    json: anything,
    body: anything,
    form: mapOf(anything),
    formData: mapOf(anything),
    setContentLengthHeader: flag,
    headers: mapOf(scalar),
    cookie: mapOf(scalar),
    auth: keys({ user: scalar, pass: scalar, username: scalar, password: scalar }),
    gzip: flag,
    followRedirect: flag,
    followAllRedirects: flag,
    capture: oneOrList(capture),
    match: oneOrList(match),
    expect: oneOrList(expectation),
    ifTrue: text,
    probability: number,
    beforeRequest: oneOrList(hook),
    afterResponse: oneOrList(hook),
    timeout: duration,
    think: scalar,
    method: text,
  },
  {
    weight: 'a weight belongs to the scenario',
    order: '"order" belongs under "config.payload"',
    target: '"target" belongs under "config"',
  },
)

const wsStep: Shape = anything

const shared = { ifTrue: text, probability: number, name: text }

const steps: Readonly<Record<string, { readonly value: Shape; readonly beside: Readonly<Record<string, Shape>> }>> = {
  ...Object.fromEntries(
    httpMethods.map((method) => [method, { value: recordOr(scalar, request), beside: shared }] as const),
  ),
  think: { value: recordOr(scalar, anything), beside: { ...shared, jitter: scalar } },
  log: { value: scalar, beside: shared },
  function: { value: hook, beside: { ...shared, args: anything } },
  connect: { value: anything, beside: shared },
  send: { value: wsStep, beside: { ...shared, ...wsReply() } },
  wait: { value: anything, beside: shared },
  loop: {
    value: nested,
    beside: {
      ...shared,
      count: scalar,
      over: anything,
      whileTrue: hook,
      loopValue: text,
      loopElement: text,
    },
  },
  parallel: { value: nested, beside: { ...shared, limit: count } },
}

function wsReply(): Readonly<Record<string, Shape>> {
  return { capture: oneOrList(capture), match: oneOrList(match), timeout: duration, order: oneOf('any') }
}

/** The steps of a scenario. A step may also be a list of steps, which YAML anchors produce. */
export const flowShape: Shape = (value, path, report) => {
  if (!Array.isArray(value)) {
    report.add(path, 'A "flow" must be a list of steps')
    return
  }
  for (const [index, step] of value.entries()) checkStep(step, [...path, index], report)
}

function nested(value: unknown, path: ScriptPath, report: ShapeReport): void {
  flowShape(value, path, report)
}

function checkStep(step: unknown, path: ScriptPath, report: ShapeReport): void {
  if (Array.isArray(step)) return flowShape(step, path, report)
  if (!isRecord(step)) return report.add(path, `A step must name what to do, received ${JSON.stringify(step)}`)
  const names = Object.keys(step)
  const verbs = names.filter((name) => name in steps)
  const [verb] = verbs
  if (verb === undefined) return reportNoVerb(names, path, report)
  if (verbs.length > 1)
    return report.add([...path, verbs[1] ?? ''], `A step does one thing: both ${quoted(verbs)} are here`)
  const shape = steps[verb]
  if (shape === undefined) return
  keys({ [verb]: shape.value, ...shape.beside }, misplacedBeside(verb))(step, path, report)
}

function misplacedBeside(verb: string): Readonly<Record<string, string>> {
  if (!httpMethods.some((method) => method === verb)) return {}
  const hint = `indent it below "${verb}"`
  return Object.fromEntries(
    ['url', 'json', 'headers', 'capture', 'match', 'expect', 'body', 'form', 'qs'].map((key) => [key, hint]),
  )
}

function reportNoVerb(names: readonly string[], path: ScriptPath, report: ShapeReport): void {
  const known = Object.keys(steps)
  const closest = names.map((name) => closestWord(name, known)).find((word) => word !== undefined)
  const place = names[0] === undefined ? path : [...path, names[0]]
  report.add(
    place,
    `A step does nothing that this lab knows: ${quoted(names)}`,
    closest === undefined ? `known: ${known.join(', ')}` : `did you mean "${closest}"?`,
  )
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(' and ')
}
