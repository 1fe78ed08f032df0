/** `console.table` as Node draws it: an index column, a column for each key, and one for values that are no objects. */
export function tableText(
  data: object,
  columns: readonly string[] | undefined,
  show: (value: unknown) => string,
): string {
  const rows = rowsOf(data)
  const keys = columns ?? [...new Set(rows.flatMap(([, value]) => (isObject(value) ? Object.keys(value) : [])))]
  const withValues = columns === undefined && rows.some(([, value]) => !isObject(value))
  const head = ['(index)', ...keys, ...(withValues ? ['Values'] : [])]
  const body = rows.map(([index, value]) => [
    index,
    ...keys.map((key) => (isObject(value) && Object.hasOwn(value, key) ? show(value[key]) : '')),
    ...(withValues ? [isObject(value) ? '' : show(value)] : []),
  ])
  return draw([head, ...body])
}

function rowsOf(data: object): [string, unknown][] {
  if (data instanceof Map)
    return [...data].map(([key, value], index) => [String(index), { Key: key as unknown, Values: value as unknown }])
  if (data instanceof Set) return [...data].map((value, index) => [String(index), value as unknown])
  return Object.entries(data)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function draw(cells: readonly (readonly string[])[]): string {
  const [head = [], ...body] = cells
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)) + 2)
  const line = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width)).join(middle) + right
  const row = (values: readonly string[]): string =>
    `│${values.map((value, column) => ` ${value}`.padEnd(widths[column] ?? 0)).join('│')}│`
  return [line('┌', '┬', '┐'), row(head), line('├', '┼', '┤'), ...body.map(row), line('└', '┴', '┘')].join('\n')
}
