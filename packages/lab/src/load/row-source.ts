import { LabError } from '../errors/lab-error.ts'
import { allRows, rowVariables, type Payload } from '../script/payload.ts'
import { pick, type Random } from '../util/random.ts'
import type { PlainRecord } from '../util/records.ts'
import type { LoadShare } from './load-plan.ts'

/**
 * Rows of the payloads for one user after the other. `sequence` and `unique` go through a file once over all generators: each takes
 * every n-th row.
 */
export class RowSource {
  readonly #payloads: readonly Payload[]
  readonly #share: LoadShare
  readonly #random: Random
  readonly #constant: PlainRecord
  readonly #firstRow: number
  #users = 0

  /** `firstRow`: rows that earlier loads of the same users have taken. */
  constructor(payloads: readonly Payload[], share: LoadShare, random: Random, firstRow = 0) {
    this.#firstRow = firstRow
    this.#payloads = payloads.filter(({ allRowsName }) => allRowsName === undefined)
    this.#share = share
    this.#random = random
    const whole = payloads.filter(({ allRowsName }) => allRowsName !== undefined)
    this.#constant = Object.fromEntries(whole.map((payload) => [payload.allRowsName ?? '', allRows(payload)]))
  }

  /** @throws LabError `EK_LAB_PAYLOAD_EXHAUSTED` before a row with `order: unique` would be used again. */
  next(): PlainRecord {
    const position = this.#firstRow + this.#users++ * this.#share.count + this.#share.index
    const variables: PlainRecord = { ...this.#constant }
    for (const payload of this.#payloads) Object.assign(variables, rowVariables(payload, this.#row(payload, position)))
    return variables
  }

  #row(payload: Payload, position: number): readonly unknown[] {
    const { rows, order, file } = payload
    if (order === 'random') return pick(rows, this.#random) ?? []
    if (order === 'unique' && position >= rows.length)
      throw new LabError(
        'EK_LAB_PAYLOAD_EXHAUSTED',
        `All ${rows.length} rows of the payload "${file}" were used once`,
        {
          hint: 'make a longer file with `evenkeel-lab generate`, or use "order: sequence" to start over',
        },
      )
    return rows[position % rows.length] ?? []
  }
}
