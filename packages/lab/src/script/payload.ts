import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { asRecord, isRecord, type PlainRecord } from '../util/records.ts'
import { resolveFrom } from './resolve-path.ts'

type PayloadOrder = 'random' | 'sequence' | 'unique'

/** Rows of a data file. */
export interface Payload {
  readonly file: string
  readonly fields: readonly string[]
  readonly order: PayloadOrder
  readonly rows: readonly (readonly unknown[])[]
  /** The variable that holds all rows, when every user gets them all. */
  readonly allRowsName: string | undefined
}

/**
 * Reads one entry of `config.payload`.
 * @throws LabError `EK_LAB_PAYLOAD`: no such file, no row, a row with fewer columns than `fields`.
 */
export async function loadPayload(value: unknown, folder: string): Promise<Payload> {
  const record = asRecord(value)
  const path = record['path']
  if (typeof path !== 'string')
    throw new LabError('EK_LAB_PAYLOAD', 'A payload needs a "path"', {
      hint: 'set it in the script, or give the file with --payload',
    })
  const file = resolveFrom(folder, path)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new LabError('EK_LAB_PAYLOAD', `The payload "${path}" could not be read: ${messageOf(error)}`, {
      cause: error,
      hint: '`evenkeel-lab generate` makes payload files',
    })
  })
  const rows = parseRows(text, file, record)
  if (rows.length === 0) throw new LabError('EK_LAB_PAYLOAD', `The payload "${path}" has no row`)
  const fields = Array.isArray(record['fields']) ? record['fields'].map(String) : []
  checkColumns(rows, fields, path)
  const loadAll = isTrue(record['loadAll'])
  return {
    file,
    fields,
    order: parseOrder(record['order']),
    rows,
    allRowsName: loadAll && typeof record['name'] === 'string' ? record['name'] : undefined,
  }
}

function parseOrder(value: unknown): PayloadOrder {
  return value === 'sequence' || value === 'unique' ? value : 'random'
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true'
}

function isFalse(value: unknown): boolean {
  return value === false || value === 'false'
}

function parseRows(text: string, file: string, record: PlainRecord): readonly (readonly unknown[])[] {
  const options = isRecord(record['options']) ? renameOptions(record['options']) : {}
  try {
    const rows: string[][] = parse(text, {
      bom: true,
      delimiter: typeof record['delimiter'] === 'string' ? record['delimiter'] : ',',
      skip_empty_lines: !isFalse(record['skipEmptyLines']),
      relax_column_count: true,
      ...options,
    })
    const data = isTrue(record['skipHeader']) ? rows.slice(1) : rows
    if (isFalse(record['cast'])) return data
    const cast = record['cast'] === 'legacy' ? castLoosely : castCanonical
    return data.map((row) => row.map((cell) => cast(cell)))
  } catch (error) {
    throw new LabError('EK_LAB_PAYLOAD', `The payload "${file}" is not valid CSV: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Scripts give these options by the names of an older parser. */
const renamedOptions: Readonly<Record<string, string>> = {
  skipEmptyLines: 'skip_empty_lines',
  relaxColumnCount: 'relax_column_count',
  skip_lines_with_empty_values: 'skip_records_with_empty_values',
  skip_lines_with_error: 'skip_records_with_error',
  relax: 'relax_quotes',
  rowDelimiter: 'record_delimiter',
}

function renameOptions(options: PlainRecord): PlainRecord {
  const { cast: _cast, columns: _columns, ...rest } = options
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [renamedOptions[key] ?? key, value]))
}

/** Only a number that would print as the same text becomes one: `007`, `+5` and `1e3` are identifiers, not numbers. */
function castCanonical(cell: string): unknown {
  if (cell === 'true' || cell === 'false') return cell === 'true'
  return cell !== '' && String(Number(cell)) === cell && Number.isFinite(Number(cell)) ? Number(cell) : cell
}

/** What other runners do: anything that JavaScript can read as a number becomes one. */
function castLoosely(cell: string): unknown {
  if (cell === 'true' || cell === 'false') return cell === 'true'
  const number = Number(cell)
  return cell.trim() !== '' && Number.isFinite(number) ? number : cell
}

function checkColumns(rows: readonly (readonly unknown[])[], fields: readonly string[], path: string): void {
  const short = rows.findIndex((row) => row.length < fields.length)
  if (short === -1) return
  throw new LabError(
    'EK_LAB_PAYLOAD',
    `Row ${short + 1} of the payload "${path}" has ${rows[short]?.length ?? 0} columns, its fields are ${fields.join(', ')}`,
  )
}

/** Variables of one row. */
export function rowVariables(payload: Payload, row: readonly unknown[]): PlainRecord {
  return Object.fromEntries(payload.fields.map((field, index) => [field, row[index]]))
}

/** All rows as records, or as lists when the payload names no fields. */
export function allRows(payload: Payload): readonly unknown[] {
  return payload.fields.length === 0 ? payload.rows : payload.rows.map((row) => rowVariables(payload, row))
}
