import { getPath, parsePropertyPath, type PlainRecord } from '../util/records.ts'
import { toText } from '../util/to-text.ts'

/** What a template may refer to. */
export interface TemplateScope {
  readonly vars: PlainRecord
  /** Functions by name with its `$`. */
  readonly functions: Readonly<Record<string, TemplateFunction>>
  /** Told of every variable that has no value. */
  readonly onUndefined?: (name: string) => void
}

export type TemplateFunction = (...args: readonly (string | number)[]) => unknown

/** A value whose templates are found once and filled many times. */
export interface CompiledValue {
  /** True when it contains no template: `fill` returns the same value each time. */
  readonly constant: boolean
  fill(scope: TemplateScope): unknown
}

type Expression =
  | { readonly kind: 'path'; readonly name: string; readonly keys: readonly string[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly (string | number)[] }

type Part = string | Expression

const compiledStrings = new Map<string, CompiledValue>()
/** Bounds the cache for scripts whose hooks build strings as they run. */
const maxCompiledStrings = 10_000

/** Compiles strings, lists and records (keys included); anything else is constant. */
export function compileValue(value: unknown): CompiledValue {
  if (typeof value === 'string') return compileString(value)
  if (Array.isArray(value)) return compileList(value)
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return compileRecord(value as PlainRecord)
  return constantOf(value)
}

export function fillTemplates(value: unknown, scope: TemplateScope): unknown {
  return compileValue(value).fill(scope)
}

export function hasTemplate(text: string): boolean {
  return text.includes('{{')
}

function constantOf(value: unknown): CompiledValue {
  return { constant: true, fill: () => value }
}

function compileList(list: readonly unknown[]): CompiledValue {
  const items = list.map((item) => compileValue(item))
  if (items.every((item) => item.constant)) return constantOf(list)
  return { constant: false, fill: (scope) => items.map((item) => item.fill(scope)) }
}

function compileRecord(record: PlainRecord): CompiledValue {
  const entries = Object.entries(record).map(([key, value]) => ({
    key: compileString(key),
    value: compileValue(value),
  }))
  if (entries.every(({ key, value }) => key.constant && value.constant)) return constantOf(record)
  return {
    constant: false,
    fill: (scope) => {
      const filled: PlainRecord = {}
      for (const { key, value } of entries) filled[String(key.fill(scope))] = value.fill(scope)
      return filled
    },
  }
}

function compileString(text: string): CompiledValue {
  if (!hasTemplate(text)) return constantOf(text)
  const known = compiledStrings.get(text)
  if (known !== undefined) return known
  const compiled = compileParts(parseTemplate(text), text)
  if (compiledStrings.size >= maxCompiledStrings) compiledStrings.clear()
  compiledStrings.set(text, compiled)
  return compiled
}

function compileParts(parts: readonly Part[], text: string): CompiledValue {
  const [only] = parts
  if (parts.length === 1 && only !== undefined && typeof only !== 'string')
    return { constant: false, fill: (scope) => evaluate(only, scope) }
  if (parts.every((part) => typeof part === 'string')) return constantOf(text)
  return {
    constant: false,
    fill: (scope) => {
      let filled = ''
      for (const part of parts) filled += typeof part === 'string' ? part : toText(evaluate(part, scope))
      return filled
    },
  }
}

/** Splits a text into literal parts and expressions. What is no expression of ours stays literal. */
function parseTemplate(text: string): readonly Part[] {
  const parts: Part[] = []
  let literal = ''
  let position = 0
  for (const match of text.matchAll(/\{\{\{\s*([^{}]*?)\s*\}\}\}|\{\{\s*([^{}]*?)\s*\}\}/g)) {
    literal += text.slice(position, match.index)
    position = match.index + match[0].length
    const expression = parseExpression(match[1] ?? match[2] ?? '')
    if (expression === undefined) {
      literal += match[0]
      continue
    }
    if (literal !== '') parts.push(literal)
    literal = ''
    parts.push(expression)
  }
  literal += text.slice(position)
  if (literal !== '' || parts.length === 0) parts.push(literal)
  return parts
}

function parseExpression(text: string): Expression | undefined {
  const call = /^(\$\w+)\s*\((.*)\)$/s.exec(text)
  if (call !== null) {
    const args = parseArguments(call[2] ?? '')
    return args === undefined ? undefined : { kind: 'call', name: call[1] ?? '', args }
  }
  return /^[\w$.[\]'" -]+$/.test(text) ? { kind: 'path', name: text, keys: parsePropertyPath(text) } : undefined
}

/** Signed and decimal numbers, quoted text, and bare words. Undefined when there is anything else. */
function parseArguments(text: string): (string | number)[] | undefined {
  if (text.trim() === '') return []
  const pattern = /\s*(?:'([^']*)'|"([^"]*)"|([^,'"()]*?))\s*(?:,|$)/gy
  const args: (string | number)[] = []
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)
    if (match === null) return undefined
    args.push(match[1] ?? match[2] ?? bareArgument(match[3] ?? ''))
    if (match[0] === '') return undefined
  }
  return args
}

function bareArgument(text: string): string | number {
  return /^[-+]?(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : text
}

function evaluate(expression: Expression, scope: TemplateScope): unknown {
  const value = expression.kind === 'call' ? callFunction(expression, scope) : lookUp(expression, scope)
  if (value === undefined) scope.onUndefined?.(expression.name)
  return typeof value === 'number' && Number.isNaN(value) ? '' : value
}

/** What a function gives is text, also where it stands alone: `"{{ $randomNumber(1, 9) }}"` is sent as a string. */
function callFunction(expression: Expression & { kind: 'call' }, scope: TemplateScope): unknown {
  const value = scope.functions[expression.name]?.(...expression.args)
  return value === undefined ? undefined : toText(value)
}

function lookUp(expression: Expression & { kind: 'path' }, scope: TemplateScope): unknown {
  const own = scope.vars[expression.name]
  return own === undefined ? getPath(scope.vars, expression.keys) : own
}
