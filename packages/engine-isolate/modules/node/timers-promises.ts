/** https://nodejs.org/api/timers.html#timers-promises-api */
interface WaitOptions {
  readonly signal?: AbortSignal
}

function wait<Value>(
  start: (done: () => void) => () => void,
  value: Value,
  { signal }: WaitOptions = {},
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      stop()
      reject(abortError(signal))
    }
    const stop = start(() => {
      signal?.removeEventListener('abort', abort)
      resolve(value)
    })
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}

function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason })
  error.name = 'AbortError'
  return Object.assign(error, { code: 'ABORT_ERR' })
}

export function setTimeout<Value>(delayMs?: number, value?: Value, options?: WaitOptions): Promise<Value | undefined> {
  return wait(
    (done) => {
      const timer = globalThis.setTimeout(done, delayMs)
      return () => globalThis.clearTimeout(timer)
    },
    value,
    options,
  )
}

export function setImmediate<Value>(value?: Value, options?: WaitOptions): Promise<Value | undefined> {
  return wait(
    (done) => {
      const timer = globalThis.setImmediate(done)
      return () => globalThis.clearImmediate(timer)
    },
    value,
    options,
  )
}

export async function* setInterval<Value>(
  delayMs?: number,
  value?: Value,
  options?: WaitOptions,
): AsyncGenerator<Value | undefined> {
  for (;;) yield await setTimeout(delayMs, value, options)
}

export const scheduler: {
  wait(delayMs?: number, options?: WaitOptions): Promise<unknown>
  yield(): Promise<unknown>
} = {
  wait: (delayMs, options) => setTimeout(delayMs, undefined, options),
  yield: () => setImmediate(),
}
