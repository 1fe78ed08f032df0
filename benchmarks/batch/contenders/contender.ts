import type { BenchEvent } from '../event.ts'

/** How a library is set up for a scenario. `defaults`: as its documentation starts. `tuned`: so that it can keep up. */
export interface Setup {
  readonly url: string
  readonly tuning: 'defaults' | 'tuned'
  readonly gzip: boolean
}

/** One batching library, ready to take events. */
export interface Contender {
  add(event: BenchEvent): void
  /** Delivers what is left, as its documentation says a program should at its end. */
  close(): Promise<unknown>
}
