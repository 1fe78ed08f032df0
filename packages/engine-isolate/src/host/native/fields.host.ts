import type { Fields } from './native-work.host.ts'
import { NativeError } from './native-error.host.ts'

/** A field that must be text. */
export function textField(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && value.length <= 200) return value
  throw new NativeError('ERR_INVALID_ARG_TYPE', `The "${name}" argument must be a string`, 'TypeError')
}

/** A field that must be a whole number within bounds. */
export function wholeField(fields: Fields, name: string, minimum: number, maximum: number): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw new NativeError('ERR_INVALID_ARG_TYPE', `The "${name}" argument must be an integer`, 'TypeError')
  if (value >= minimum && value <= maximum) return value
  throw new NativeError(
    'ERR_OUT_OF_RANGE',
    `The "${name}" argument must be from ${minimum} to ${maximum}, not ${value}`,
    'RangeError',
  )
}

export function optionalWhole(fields: Fields, name: string, maximum: number): number | undefined {
  return fields[name] === undefined || fields[name] === null ? undefined : wholeField(fields, name, 0, maximum)
}

/** The buffer at a place; none is an empty one. */
export function bufferAt(buffers: readonly Buffer[], index: number): Buffer {
  return buffers[index] ?? Buffer.alloc(0)
}
