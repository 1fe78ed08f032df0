type Callback = (error: unknown, ...values: unknown[]) => void
type CallbackFunction = (...values: unknown[]) => unknown

const custom: unique symbol = Symbol.for('nodejs.util.promisify.custom') as never

/** https://nodejs.org/api/util.html#utilpromisifyoriginal */
export function promisify(original: CallbackFunction & { [custom]?: unknown }): CallbackFunction {
  if (typeof original !== 'function') throw new TypeError('The "original" argument must be of type function')
  const own = original[custom]
  if (typeof own === 'function') return own as CallbackFunction
  const promised = function (this: unknown, ...values: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle: Callback = (error, value) =>
        error === null || error === undefined ? resolve(value) : reject(error as Error)
      Reflect.apply(original, this, [...values, settle])
    })
  }
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original) as object)
  return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original))
}
promisify.custom = custom as symbol

/** https://nodejs.org/api/util.html#utilcallbackifyoriginal */
export function callbackify(original: (...values: unknown[]) => Promise<unknown>): CallbackFunction {
  return function (this: unknown, ...values: unknown[]): void {
    const callback = values.pop() as Callback
    if (typeof callback !== 'function') throw new TypeError('The last argument must be of type Function')
    ;(Reflect.apply(original, this, values) as Promise<unknown>).then(
      (value) => queueMicrotask(() => callback(null, value)),
      (error: unknown) => queueMicrotask(() => callback(error ?? new Error('Promise was rejected with a falsy value'))),
    )
  }
}
