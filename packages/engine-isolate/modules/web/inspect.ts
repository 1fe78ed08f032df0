import { formatWithOptions, inspect } from 'node-inspect-extracted'
import { tableText } from './table.ts'

/** Deeper and wider than a terminal's: a log is read in a viewer. */
const shown = { depth: 6, maxArrayLength: 200, maxStringLength: 100_000, breakLength: 120, colors: false } as const

export { inspect }
export { format, formatWithOptions } from 'node-inspect-extracted'

/** A message of `console.log`. */
export function formatValues(values: readonly unknown[]): string {
  return formatWithOptions(shown, ...values)
}

export function dir(value: unknown, options: unknown): string {
  const given = typeof options === 'object' && options !== null ? options : {}
  return inspect(value, { ...shown, customInspect: false, ...given, colors: false })
}

export function table(data: unknown, columns: unknown): string {
  return tableText(data as object, Array.isArray(columns) ? columns.map(String) : undefined, (value) =>
    inspect(value, { depth: 0, maxArrayLength: 3, breakLength: Infinity }),
  )
}
