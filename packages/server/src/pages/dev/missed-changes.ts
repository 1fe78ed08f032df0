import { statSync } from 'node:fs'
import type { FSWatcher } from 'vite'

/** The bundler's watcher tells of one change of a file in 50 ms, and of none of those that follow within them. */
const lookAgainMs = 60

/** Looks at each changed file again, and tells of a change that its watcher has passed over. Dispose it to end that. */
export function tellMissedChanges(watcher: FSWatcher): Disposable {
  const timers = new Map<string, NodeJS.Timeout>()
  const changed = (file: string): void => {
    clearTimeout(timers.get(file))
    const seen = lastChangeNs(file)
    const lookAgain = (): void => {
      timers.delete(file)
      const now = lastChangeNs(file)
      if (now !== undefined && now !== seen) watcher.emit('change', file)
    }
    timers.set(file, setTimeout(lookAgain, lookAgainMs).unref())
  }
  watcher.on('change', changed)
  return {
    [Symbol.dispose]: () => {
      watcher.off('change', changed)
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

function lastChangeNs(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.mtimeNs
}
