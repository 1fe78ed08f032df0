import { format, formatWithOptions, inspect } from '../web/inspect.ts'
import { encoding } from '../web/lazy.ts'
import { types } from './types.ts'

export { format, formatWithOptions, inspect, types }
export { callbackify, promisify } from './callbacks.ts'

export function inherits(constructor: object, parent: { prototype: object }): void {
  Object.defineProperty(constructor, 'super_', { value: parent, writable: true, configurable: true })
  Object.setPrototypeOf((constructor as { prototype: object }).prototype, parent.prototype)
}

export function deprecate<T>(original: T): T {
  return original
}

export function isDeepStrictEqual(one: unknown, other: unknown): boolean {
  const { deepStrictEqual } = require('assert') as { deepStrictEqual(one: unknown, other: unknown): void }
  try {
    deepStrictEqual(one, other)
    return true
  } catch {
    return false
  }
}

export function debuglog(): () => void {
  return () => undefined
}
export { debuglog as debug }

export function stripVTControlCharacters(text: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- terminal sequences begin with ESC
  return String(text).replaceAll(/\u001B\[[0-?]*[ -/]*[@-~]/g, '')
}

export function toUSVString(text: unknown): string {
  return String(text).toWellFormed()
}

export const isArray: typeof Array.isArray = Array.isArray
export const isRegExp = (value: unknown): boolean => types.isRegExp(value)
export const isDate = (value: unknown): boolean => types.isDate(value)
export const isError = (value: unknown): boolean => types.isNativeError(value)
export const isFunction = (value: unknown): boolean => typeof value === 'function'
export const isString = (value: unknown): boolean => typeof value === 'string'
export const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
export const isPrimitive = (value: unknown): boolean => Object(value) !== value

/** Classes of the global, loaded when asked for. */
Object.defineProperties(module.exports, {
  TextEncoder: { get: () => encoding().TextEncoder, enumerable: true },
  TextDecoder: { get: () => encoding().TextDecoder, enumerable: true },
})
declare const module: { readonly exports: object }
