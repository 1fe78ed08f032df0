import type { GuestModules } from './modules.guest.ts'
import { primordials } from './primordials.guest.ts'
import type { GuestState } from './state.guest.ts'

/**
 * Functions in `*.guest.ts` are turned to text and evaluated inside the isolate. They may use each other, the language's own globals,
 * and nothing else: no imports of values, no module-level constants.
 */

/** What `console` needs to write anything but plain text; it comes with a bundle. */
export interface Inspector {
  formatValues(values: readonly unknown[]): string
  dir(value: unknown, options: unknown): string
  table(data: unknown, columns: unknown): string
}

export type ConsoleMethod = (...values: unknown[]) => void

/** https://console.spec.whatwg.org/ */
export function createConsole(state: GuestState, modules: GuestModules): Record<string, ConsoleMethod> {
  const indent = { text: '' }
  const inspector = (): Inspector => modules.internal('web/inspect') as Inspector
  const emit = (level: string, text: () => string): void => writeLog(state, level, indent.text, text)
  const write = (level: string): ConsoleMethod => {
    return (...values) => emit(level, () => formatLogValues(values, inspector))
  }
  const group: ConsoleMethod = (...values) => {
    if (values.length > 0) write('log')(...values)
    indent.text += '  '
  }
  return {
    debug: write('debug'),
    info: write('info'),
    log: write('log'),
    warn: write('warn'),
    error: write('error'),
    trace: (...values) => {
      const stack = String(new Error().stack)
        .split('\n')
        .slice(2)
        .filter((line) => line.includes('block.js'))
      emit(
        'debug',
        () =>
          ['Trace', values.length > 0 ? `: ${formatLogValues(values, inspector)}` : ''].join('') +
          stack.map((line) => `\n${line}`).join(''),
      )
    },
    dir: (value, options) => emit('log', () => inspector().dir(value, options)),
    dirxml: write('log'),
    table: (data, columns) =>
      emit('log', () =>
        typeof data === 'object' && data !== null
          ? inspector().table(data, columns)
          : formatLogValues([data], inspector),
      ),
    assert: (condition, ...values) => {
      if (condition) return
      const [first, ...rest] = values
      write('error')(
        ...(typeof first === 'string' ? [`Assertion failed: ${first}`, ...rest] : ['Assertion failed', ...values]),
      )
    },
    group,
    groupCollapsed: group,
    groupEnd: () => void (indent.text = indent.text.slice(2)),
    clear: () => undefined,
    ...createCounters(write),
  }
}

export function createCounters(write: (level: string) => ConsoleMethod): Record<string, ConsoleMethod> {
  const counts = new Map<string, number>()
  const timers = new Map<string, number>()
  const elapsed = (label: unknown, end: boolean, values: readonly unknown[]): void => {
    const name = labelText(label)
    const startedAtMs = timers.get(name)
    if (startedAtMs === undefined) return write('warn')(`There is no timer "${name}"`)
    if (end) timers.delete(name)
    write('log')(`${name}: ${primordials.now() - startedAtMs} ms`, ...values)
  }
  return {
    count: (label) => {
      const name = labelText(label)
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      write('log')(`${name}: ${count}`)
    },
    countReset: (label) => void counts.delete(labelText(label)),
    time: (label) => void timers.set(labelText(label), primordials.now()),
    timeLog: (label, ...values) => elapsed(label, false, values),
    timeEnd: (label) => elapsed(label, true, []),
  }
}

export function labelText(label: unknown): string {
  return label === undefined ? 'default' : formatThrown(label)
}

/** Counted before it is formatted, so that a flood costs the program nothing but its own time. */
export function writeLog(state: GuestState, level: string, indent: string, text: () => string): void {
  if (state.logBytesLeft <= 0) return state.emitTruncated()
  const plain = text()
  const message = indent === '' ? plain : plain.replace(/^/gm, indent)
  const cut = message.length > state.logBytesLeft ? message.slice(0, state.logBytesLeft) : message
  state.logBytesLeft -= cut.length + 64
  state.emitLog(level, cut)
  if (cut !== message) state.emitTruncated()
}

/** Plain text is the usual case and needs no bundle. */
export function formatLogValues(values: readonly unknown[], inspector: () => Inspector): string {
  let plain = typeof values[0] !== 'string' || values.length === 1 || !values[0].includes('%')
  for (const value of values)
    plain &&=
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'boolean' ||
      value === null ||
      value === undefined
  if (plain) return values.map((value) => (Object.is(value, -0) ? '-0' : String(value))).join(' ')
  try {
    return inspector().formatValues(values)
  } catch {
    return values.map((value) => formatThrown(value)).join(' ')
  }
}

/** What is thrown and is no Error, and what defends itself against being shown. */
export function formatThrown(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `[Function: ${value.name || '(anonymous)'}]`
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return primordials.jsonStringify(value) ?? '[object]'
  } catch {
    return '[object]'
  }
}
