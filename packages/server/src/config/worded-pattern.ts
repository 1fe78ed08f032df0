const words = new Map<string, string>()

/** A regular expression of a request's schema, and what an answer says to whom does not keep it: `must be …`. */
export function wordedPattern(pattern: string, says: string): string {
  words.set(pattern, says)
  return pattern
}

export function wordsOf(pattern: unknown): string | undefined {
  return typeof pattern === 'string' ? words.get(pattern) : undefined
}
