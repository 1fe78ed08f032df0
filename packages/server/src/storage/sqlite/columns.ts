import type { SQLInputValue } from 'node:sqlite'

/** How a field is kept: `flag` as 0 or 1, `json` as text. */
export type FieldKind = 'plain' | 'flag' | 'json'

/** Translates between records and rows: a field `nextAtMs` is the column `next_at_ms`. */
export class Columns<Row extends object> {
  readonly names: readonly string[]
  readonly #fields: readonly (readonly [field: string, column: string, kind: FieldKind])[]

  constructor(fields: { readonly [Field in keyof Row]: FieldKind }) {
    this.#fields = Object.entries<FieldKind>(fields).map(([field, kind]) => [field, columnOf(field), kind])
    this.names = this.#fields.map(([, column]) => column)
  }

  toParameters(record: Row): Record<string, SQLInputValue> {
    const values = record as Record<string, unknown>
    return Object.fromEntries(this.#fields.map(([field, column, kind]) => [column, toValue(kind, values[field])]))
  }

  toRecord(row: Record<string, unknown>): Row {
    return Object.fromEntries(this.#fields.map(([field, column, kind]) => [field, fromValue(kind, row[column])])) as Row
  }
}

function columnOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function toValue(kind: FieldKind, value: unknown): SQLInputValue {
  if (kind === 'flag') return value === true ? 1 : 0
  return kind === 'json' ? JSON.stringify(value) : (value as SQLInputValue)
}

function fromValue(kind: FieldKind, value: unknown): unknown {
  if (kind === 'flag') return value === 1
  return kind === 'json' ? JSON.parse(value as string) : value
}
