/**
 * Takes away what V8's limits do not hold: memory outside the heap, shared memory, and code made from strings. Not a boundary — the
 * host process is — but it keeps the ordinary ways of abuse inside the limits that give a precise error.
 */
export function lockDown(global: Record<string, unknown>): void {
  for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry', 'gc']) delete global[name]
  forbidCodeFromStrings(global)
  fixBufferLength(global)
}

/** Replaces every path to a function constructor. The prelude has taken the ones it needs. */
export function forbidCodeFromStrings(global: Record<string, unknown>): void {
  const refuse = (): never => {
    throw new EvalError('Code generation from strings is not allowed')
  }
  const samples = [function () {}, async function () {}, function* () {}, async function* () {}]
  for (const sample of samples) {
    const prototype = Object.getPrototypeOf(sample) as object
    const name = (prototype.constructor as { name: string }).name
    const replacement = Object.defineProperties(function () {}, { name: { value: name } })
    const refusing = new Proxy(replacement, { apply: refuse, construct: refuse })
    Object.defineProperty(replacement, 'prototype', { value: prototype, writable: false })
    Object.defineProperty(prototype, 'constructor', { value: refusing, writable: false, configurable: false })
    if (name === 'Function') define(global, 'Function', refusing)
  }
  define(global, 'eval', refuse)
}

/** A growable buffer is not counted by the heap limit (measured: 1 GiB inside a limit of 64 MiB), so buffers keep their length. */
export function fixBufferLength(global: Record<string, unknown>): void {
  const Native = ArrayBuffer
  const prototype = Native.prototype as unknown as Record<string, unknown>
  for (const name of ['resize', 'transfer', 'transferToFixedLength']) delete prototype[name]
  const Fixed = function (length?: unknown): ArrayBuffer {
    if (new.target === undefined) throw new TypeError("Constructor ArrayBuffer requires 'new'")
    return Reflect.construct(Native, [length], new.target) as ArrayBuffer
  }
  Object.defineProperties(Fixed, {
    name: { value: 'ArrayBuffer' },
    length: { value: 1 },
    prototype: { value: Native.prototype, writable: false },
    isView: { value: (value: unknown) => Native.isView(value) },
    [Symbol.species]: { get: (): unknown => Fixed },
  })
  Object.defineProperty(Native.prototype, 'constructor', { value: Fixed, writable: true, configurable: true })
  define(global, 'ArrayBuffer', Fixed)
}

export function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
}
