/** Far above what anything here takes; so that a test that fails also ends, in milliseconds. */
const patienceMs = 20_000

/** What was logged, and a way to wait for it. */
export interface LogWatch {
  readonly log: string[]
  readonly keep: (entry: { readonly text: string }) => void
  /** Resolves when a line that matches was logged. */
  readonly logged: (pattern: RegExp) => Promise<string>
}

export function logWatch(): LogWatch {
  const log: string[] = []
  const waiting = new Set<() => void>()
  const keep = ({ text }: { readonly text: string }): void => {
    log.push(text)
    for (const check of waiting) check()
  }
  const logged = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const impatience = setTimeout(
        () => reject(new Error(`nothing was logged that matches ${String(pattern)}: ${log.join(' | ')}`)),
        patienceMs,
      )
      const check = (): void => {
        const line = log.find((each) => pattern.test(each))
        if (line === undefined) return
        waiting.delete(check)
        clearTimeout(impatience)
        resolve(line)
      }
      waiting.add(check)
      check()
    })
  return { log, keep, logged }
}
