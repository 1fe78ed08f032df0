import { inspect } from 'node:util'
import { BatchError } from '../errors/batch-error.ts'

/** Says which option is wrong, what it should be, and what it was. */
export function optionError(name: string, expectation: string, received: unknown): BatchError {
  const shown =
    typeof received === 'string' ? JSON.stringify(received) : inspect(received, { depth: 1, breakLength: 120 })
  return new BatchError('EK_BATCH_OPTION', `Option "${name}" must be ${expectation}, got ${shown} (${typeof received})`)
}

export function integer(name: string, value: unknown, range: { readonly min: number; readonly max?: number }): number {
  const { min, max = Number.MAX_SAFE_INTEGER } = range
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  const upTo = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${max}`
  throw optionError(name, `an integer of at least ${min}${upTo}`, value)
}

/** A duration; infinite where the option allows "never". */
export function duration(name: string, value: unknown, options: { readonly mayBeInfinite?: boolean } = {}): number {
  const isAllowed = value === Number.POSITIVE_INFINITY ? options.mayBeInfinite === true : Number.isFinite(value)
  if (typeof value === 'number' && value >= 0 && isAllowed) return value
  throw optionError(name, 'a number of milliseconds, 0 or more', value)
}

export function ratio(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw optionError(name, 'a number from 0 to 1', value)
}

export function oneOf<const V extends string>(name: string, value: unknown, allowed: readonly V[]): V {
  const found = allowed.find((each) => each === value)
  if (found !== undefined) return found
  throw optionError(name, `one of ${allowed.map((each) => `"${each}"`).join(', ')}`, value)
}

export function callable<F extends (...args: never[]) => unknown>(name: string, value: F | undefined): F | undefined {
  if (value === undefined || typeof value === 'function') return value
  throw optionError(name, 'a function', value)
}

/** Catches options that nobody reads: a misspelt limit is a missing limit. */
export function knownOnly(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw optionError(name, 'an object', value)
  const unknown = Object.keys(value).find((each) => !known.includes(each))
  if (unknown !== undefined) {
    const path = name === 'options' ? unknown : `${name}.${unknown}`
    throw new BatchError('EK_BATCH_OPTION', `Option "${path}" is not known, expected one of ${known.join(', ')}`)
  }
}
