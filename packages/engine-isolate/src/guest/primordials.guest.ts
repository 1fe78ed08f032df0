/**
 * What the guest's own functions must keep working with after a program has replaced it. Inside the isolate, `guestScript` makes the
 * same constant from the same function before any program runs.
 */
export function capturePrimordials(): {
  readonly jsonParse: typeof JSON.parse
  readonly jsonStringify: typeof JSON.stringify
  readonly now: typeof Date.now
  /** `RegExp` of `[object RegExp]`. */
  readonly tagOf: (value: object) => string
  /** Programs have no `transfer`: it can take memory that nothing counts. This takes none. */
  readonly detach: (buffer: ArrayBuffer) => void
} {
  // A program may replace both the methods and the one that calls them.
  const { apply } = Reflect
  const { toString } = Object.prototype as { toString: (this: object) => string }
  const { transfer } = ArrayBuffer.prototype as { transfer: (this: ArrayBuffer, bytes: number) => ArrayBuffer }
  return {
    jsonParse: JSON.parse,
    jsonStringify: JSON.stringify,
    now: Date.now,
    tagOf: (value) => apply(toString, value, []).slice(8, -1),
    detach: (buffer) => void apply(transfer, buffer, [0]),
  }
}

export const primordials: ReturnType<typeof capturePrimordials> = capturePrimordials()
