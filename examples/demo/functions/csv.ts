/** Rows of a CSV text as objects, after RFC 4180: quoted fields may hold commas, quotes and line ends. */
export default function ({ text }: { readonly text: string }): Record<string, string | null>[] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain)
    if (end === '') break
    if (end !== ',') rows.push([])
  }
  const [header = [], ...records] = rows.filter((row) => row.length > 1 || row[0] !== '')
  return records.map((record) => Object.fromEntries(header.map((name, index) => [name, record[index] ?? null])))
}
