/** One JSON document, or lines for people. */
export function print(value: unknown, options: { readonly json?: boolean; readonly lines: readonly string[] }): void {
  if (options.json === true) console.log(JSON.stringify(value))
  else for (const line of options.lines) console.log(line)
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
