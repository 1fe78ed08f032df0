import type { Writable } from 'node:stream'

/** What the process engine gives a program, as far as pages use it. */
export interface RenderContext {
  readonly options: unknown
  readonly signal: AbortSignal
  readonly respond: (head: unknown) => { toWritable(): Writable }
}
