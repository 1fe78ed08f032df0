import { primordials } from './primordials.guest.ts'
import { describeError } from './errors.guest.ts'
import type { GuestFailure } from './state.guest.ts'

/** What is wrong with one value of a result. */
export interface ResultProblem {
  readonly problem: string
  readonly hint: string
}

/** The holders on the way from the root to the value that is being written, and the key under which each was reached. */
export interface ResultPath {
  readonly holders: object[]
  readonly keys: string[]
}

/**
 * JSON of a result. What JSON would lose without a word (`undefined`, `NaN`, functions, a promise nobody awaited) and what it cannot
 * write is a `ValidationError` that names the path.
 */
export function writeResult(value: unknown, outputBytes: number): { json: string } | { failure: GuestFailure } {
  const path: ResultPath = { holders: [], keys: [] }
  let problem: ResultProblem | undefined
  try {
    const json = primordials.jsonStringify(value, function (this: object, key: string, given: unknown): unknown {
      const member = given instanceof Error ? plainError(given) : given
      enterMember(path, this, key)
      problem = memberProblem(path, member)
      if (problem !== undefined) throw new Error(problem.problem)
      return member
    })
    if (utf8Bytes(json, outputBytes) > outputBytes) return { failure: tooLarge(outputBytes) }
    return { json }
  } catch (error) {
    return { failure: resultFailure(error, path, problem) }
  }
}

/** JSON would write `{}`: what an author who returns an error means is its name and message, and what was added to it. */
export function plainError(error: Error): object {
  return Object.assign({ name: error.name, message: error.message }, error)
}

/** Keeps the path: everything below the current holder has been written. */
export function enterMember(path: ResultPath, holder: object, key: string): void {
  while (path.holders.length > 0 && path.holders.at(-1) !== holder) {
    path.holders.pop()
    path.keys.pop()
  }
  if (path.holders.length === 0) path.holders.push(holder)
  path.keys[path.holders.length - 1] = key
}

export function memberProblem(path: ResultPath, member: unknown): ResultProblem | undefined {
  switch (typeof member) {
    case 'undefined':
      return { problem: 'is undefined', hint: 'Return null, or leave the property out' }
    case 'number':
      return Number.isFinite(member)
        ? undefined
        : { problem: `is ${member}`, hint: 'JSON has no such number; return null or a string' }
    case 'bigint':
      return { problem: 'is a BigInt', hint: 'Return String(value), or Number(value) when it is small enough' }
    case 'function':
      return { problem: 'is a function', hint: 'Call it, or leave it out' }
    case 'symbol':
      return { problem: 'is a symbol', hint: 'Return its description' }
    case 'object':
      return member === null ? undefined : objectProblem(path, member)
    default:
      return undefined
  }
}

export function objectProblem(path: ResultPath, member: object): ResultProblem | undefined {
  if (path.holders.includes(member)) return { problem: 'is a cycle', hint: 'Return a copy without the reference back' }
  if (member instanceof Promise) return { problem: 'is a promise', hint: 'Await it first' }
  if (member instanceof Map) return { problem: 'is a Map', hint: 'Return Object.fromEntries(map) or [...map]' }
  if (member instanceof Set) return { problem: 'is a Set', hint: 'Return [...set]' }
  const lost = lostKind(member)
  if (lost !== undefined) return { problem: `is a ${lost}, which JSON would write as {}`, hint: lostHint(lost) }
  path.holders.push(member)
  return undefined
}

/** The kind of an object that holds something of which JSON would write nothing: neither a plain one nor one with properties. */
export function lostKind(member: object): string | undefined {
  const kind = primordials.tagOf(member)
  // Boxed primitives are written as the primitive, views of bytes as their elements.
  if (/^(?:Object|Arguments|Date|Number|String|Boolean|Error|.*Array)$/.test(kind)) return undefined
  for (const key in member) if (Object.hasOwn(member, key)) return undefined
  return kind
}

export function lostHint(kind: string): string {
  if (kind === 'Response' || kind === 'Request') return 'Return await response.json() or await response.text()'
  if (kind === 'Blob' || kind === 'File') return 'Return await blob.text()'
  if (kind === 'RegExp') return 'Return String(value), or its source'
  if (kind === 'URLSearchParams') return 'Return String(value), or Object.fromEntries(value)'
  if (kind === 'Headers' || kind === 'FormData') return 'Return Object.fromEntries(value)'
  if (kind === 'ArrayBuffer' || kind === 'DataView') return 'Return Buffer.from(value).toString("base64")'
  if (/Iterator$|^Generator$/.test(kind)) return 'Return [...value]'
  return 'Return a plain object of what is wanted'
}

export function resultFailure(error: unknown, path: ResultPath, problem: ResultProblem | undefined): GuestFailure {
  if (problem !== undefined) {
    const message = `The result ${pathText(path)} ${problem.problem}`
    return { kind: 'result', type: 'ValidationError', message, hint: problem.hint }
  }
  if (error instanceof RangeError) {
    return {
      kind: 'result',
      type: 'ValidationError',
      message: 'The result is nested too deeply',
      hint: 'Return a flatter value',
    }
  }
  return describeError(error, 0)
}

/** `at $.items[2].price`, or `itself` for the root. */
export function pathText(path: ResultPath): string {
  const keys = path.keys.slice(1, path.holders.length + 1)
  if (keys.length === 0) return 'itself'
  const text = keys.map((key) =>
    /^\d+$/.test(key)
      ? `[${key}]`
      : /^[\p{L}_$][\p{L}\d_$]*$/u.test(key)
        ? `.${key}`
        : `[${primordials.jsonStringify(key)}]`,
  )
  return `at $${text.join('')}`.slice(0, 500)
}

export function tooLarge(outputBytes: number): GuestFailure {
  const message = `The result is larger than the limit of ${outputBytes} bytes`
  return { kind: 'result', type: 'ValidationError', message, hint: 'Return less, or raise the limit' }
}

/** Exact only when it could decide: short text cannot be over the limit, long text cannot be under it. */
export function utf8Bytes(text: string, limit: number): number {
  if (text.length * 3 <= limit || text.length > limit) return text.length
  let bytes = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit >= 0xd800 && unit < 0xe000 ? 2 : 3
  }
  return bytes
}
