import type { Finding } from '../errors/lab-error.ts'
import { isRecord } from '../util/records.ts'
import { parseDurationMs } from '../util/duration.ts'
import { toText } from '../util/to-text.ts'
import { closestWord } from './closest-word.ts'
import type { ScriptPath, ScriptSource } from './script-source.ts'
import { hasTemplate } from './template.ts'

/** Checks a part of a script and reports what is wrong with it. */
export type Shape = (value: unknown, path: ScriptPath, report: ShapeReport) => void

/** Collects findings with their places. */
export class ShapeReport {
  readonly problems: Finding[] = []
  readonly #source: ScriptSource

  constructor(source: ScriptSource) {
    this.#source = source
  }

  add(path: ScriptPath, message: string, hint?: string): void {
    this.problems.push(this.finding(path, message, hint))
  }

  finding(path: ScriptPath, message: string, hint?: string): Finding {
    return {
      message,
      file: this.#source.file,
      ...this.#source.locate(path),
      ...(hint === undefined ? {} : { hint }),
    }
  }
}

export const anything: Shape = () => {}

export const text: Shape = expect('text', (value) => typeof value === 'string')

export const scalar: Shape = expect('text, a number, true or false', (value) => isScalarValue(value))

export const flag: Shape = expect(
  'true or false',
  (value) => typeof value === 'boolean' || value === 'true' || value === 'false',
)

export const number: Shape = expect('a number', (value) => isNumeric(value))

export const count: Shape = expect('a whole number of 0 or more', (value) => isNumeric(value) && isCount(value))

export const duration: Shape = expect(
  'seconds or a duration such as "500ms" or "2 min"',
  (value) => parseDurationMs(value) !== undefined,
)

/** A processor function: its name, or the function itself in a script that is a program. */
export const hook: Shape = expect(
  'the name of a processor function',
  (value) => typeof value === 'string' || typeof value === 'function',
)

function expect(expectation: string, accepts: (value: unknown) => boolean): Shape {
  return (value, path, report) => {
    if (accepts(value) || (typeof value === 'string' && hasTemplate(value))) return
    report.add(path, `"${nameOf(path)}" must be ${expectation}, received ${describe(value)}`)
  }
}

export function oneOf(...words: readonly string[]): Shape {
  return expect(`one of ${words.map((word) => `"${word}"`).join(', ')}`, (value) => words.includes(String(value)))
}

export function listOf(item: Shape): Shape {
  return (value, path, report) => {
    if (!Array.isArray(value)) {
      report.add(path, `"${nameOf(path)}" must be a list, received ${describe(value)}`)
      return
    }
    for (const [index, each] of value.entries()) item(each, [...path, index], report)
  }
}

export function oneOrList(item: Shape): Shape {
  const list = listOf(item)
  return (value, path, report) => (Array.isArray(value) ? list : item)(value, path, report)
}

/** A record with any keys. */
export function mapOf(item: Shape): Shape {
  return (value, path, report) => {
    if (!requireRecord(value, path, report)) return
    for (const [key, each] of Object.entries(value)) item(each, [...path, key], report)
  }
}

/** A record whose keys are known: another key is a mistake. */
export function keys(shapes: Readonly<Record<string, Shape>>, misplaced: Readonly<Record<string, string>> = {}): Shape {
  return (value, path, report) => {
    if (!requireRecord(value, path, report)) return
    for (const [key, each] of Object.entries(value)) {
      const shape = shapes[key]
      if (shape === undefined) reportUnknown([...path, key], report, { known: Object.keys(shapes), misplaced })
      else if (each !== undefined && each !== null) shape(each, [...path, key], report)
    }
  }
}

/** A record, or a simpler form of the same thing. */
export function recordOr(simple: Shape, record: Shape): Shape {
  return (value, path, report) => (isRecord(value) ? record : simple)(value, path, report)
}

function requireRecord(
  value: unknown,
  path: ScriptPath,
  report: ShapeReport,
): value is Readonly<Record<string, unknown>> {
  if (isRecord(value)) return true
  report.add(path, `"${nameOf(path)}" must hold keys and values, received ${describe(value)}`)
  return false
}

function reportUnknown(
  path: ScriptPath,
  report: ShapeReport,
  context: { readonly known: readonly string[]; readonly misplaced: Readonly<Record<string, string>> },
): void {
  const key = String(path.at(-1))
  const belongs = context.misplaced[key]
  if (belongs !== undefined) return report.add(path, `"${key}" is misplaced here`, belongs)
  const closest = closestWord(key, context.known)
  const hint = closest === undefined ? `known here: ${context.known.join(', ')}` : `did you mean "${closest}"?`
  report.add(path, `Unknown key "${key}"${path.length > 1 ? ` in "${nameOf(path.slice(0, -1))}"` : ''}`, hint)
}

function isScalarValue(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || value === null || value instanceof Date
}

function isNumeric(value: unknown): value is number | string {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
}

function isCount(value: number | string): boolean {
  return Number.isInteger(Number(value)) && Number(value) >= 0
}

export function nameOf(path: ScriptPath): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('')
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'nothing (null)'
  if (Array.isArray(value)) return 'a list'
  if (isRecord(value)) return 'a record'
  return `${typeof value === 'string' ? JSON.stringify(value) : toText(value)} (${typeof value})`
}
