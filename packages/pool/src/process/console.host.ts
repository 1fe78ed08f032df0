import { AsyncLocalStorage } from 'node:async_hooks'
import { formatWithOptions } from 'node:util'
import type { InvocationPort } from '../contract/engine.ts'
import type { LogEntry } from '../contract/outcome.ts'

const methods: Readonly<Record<string, LogEntry['level']>> = {
  debug: 'debug',
  trace: 'debug',
  info: 'info',
  log: 'log',
  dir: 'log',
  warn: 'warn',
  error: 'error',
}

/** Bytes counted for each entry beside its text, so that a flood of empty lines ends too. */
const entryBytes = 64

/** Where the console of one invocation writes. */
export class InvocationLog {
  readonly #port: InvocationPort
  readonly #startedAtMs: number = performance.now()
  #leftBytes: number

  constructor(port: InvocationPort, logBytes: number) {
    this.#port = port
    this.#leftBytes = logBytes
  }

  write(level: LogEntry['level'], values: readonly unknown[]): void {
    if (this.#leftBytes <= 0) return
    const text = formatWithOptions({ depth: 4 }, ...values)
    const message = text.slice(0, this.#leftBytes)
    this.#leftBytes -= message.length + entryBytes
    this.#port.log({ level, message, atMs: performance.now() - this.#startedAtMs })
    if (this.#leftBytes <= 0) this.#port.logsTruncated()
  }
}

/** The log of the invocation that the current code belongs to. */
export const currentLog: AsyncLocalStorage<InvocationLog> = new AsyncLocalStorage()

/** Sends what programs write to `console` to their invocation; outside of one, the process prints it. */
export function captureConsole(): void {
  const target = console as unknown as Record<string, (...values: unknown[]) => void>
  for (const [name, level] of Object.entries(methods)) {
    const print = target[name]?.bind(console)
    target[name] = (...values) => {
      const log = currentLog.getStore()
      if (log === undefined) print?.(...values)
      else log.write(level, values)
    }
  }
}
