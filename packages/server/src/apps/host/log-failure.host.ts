/** One line for what failed, and the stack of the app's error with positions in its sources. */
export function logFailure(what: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error)
  console.error(`${what}: ${text}`)
}
