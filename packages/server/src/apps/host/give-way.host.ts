import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'

/** How much nicer than others this process is: it gets about a tenth of a processor that both want (weights 110 and 1024). */
const nice = 10

/** What computes for long lets the runtimes that accept connections go first. Needs no right; it is for good. */
export function giveWay(): void {
  // On Linux it belongs to a thread.
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid]
  for (const thread of threads) {
    try {
      setPriority(thread, nice)
    } catch {
      // It has ended, or is nicer already.
    }
  }
}
