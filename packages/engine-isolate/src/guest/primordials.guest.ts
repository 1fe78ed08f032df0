/**
 * What the guest's own functions must keep working with after a program has replaced it. Inside the isolate, `guestScript` makes the
 * same constant from the same function before any program runs.
 */
export function capturePrimordials(): {
  readonly jsonParse: typeof JSON.parse
  readonly jsonStringify: typeof JSON.stringify
  readonly now: typeof Date.now
} {
  return { jsonParse: JSON.parse, jsonStringify: JSON.stringify, now: Date.now }
}

export const primordials: ReturnType<typeof capturePrimordials> = capturePrimordials()
