import { primordials } from './primordials.guest.ts'
import type { GuestState, GuestTimer, GuestTimers } from './state.guest.ts'

/** Longest delay of the HTML standard; a longer one fires at once, as in Node. */
export function timerDelay(value: unknown): number {
  const delayMs = Number(value)
  return delayMs >= 1 && delayMs <= 2_147_483_647 ? delayMs : 1
}

export interface NewTimer {
  readonly delayMs: number
  readonly repeat: boolean
  readonly run: () => void
  /** Nobody is warned when it is left over. */
  readonly silent: boolean
}

export function addTimer(timers: GuestTimers, { delayMs, repeat, run, silent }: NewTimer): number {
  const id = timers.nextId++
  const everyMs = repeat ? delayMs : undefined
  timers.waiting.set(id, { dueMs: primordials.now() + delayMs, everyMs, order: id, run, silent })
  timers.changed()
  return id
}

/** Timers live in the isolate; the host only learns when to come back. */
export function createTimers(timers: GuestTimers): Record<string, (...values: never[]) => unknown> {
  const add = (repeat: boolean, handler: unknown, delay: unknown, values: unknown[]): number => {
    if (typeof handler !== 'function') throw new TypeError('The timer handler must be a function')
    const run = (): void => void Reflect.apply(handler, undefined, values)
    return addTimer(timers, { delayMs: timerDelay(delay), repeat, run, silent: false })
  }
  const clear = (id: unknown): void => {
    if (timers.waiting.delete(Number(id))) timers.changed()
  }
  return {
    setTimeout: (handler: unknown, delay?: unknown, ...values: unknown[]) => add(false, handler, delay, values),
    setInterval: (handler: unknown, delay?: unknown, ...values: unknown[]) => add(true, handler, delay, values),
    setImmediate: (handler: unknown, ...values: unknown[]) => add(false, handler, 0, values),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  }
}

/** Runs one due timer, the earliest, and says whether there was one. One an entry, so that microtasks run in between. */
export function fireDueTimer(state: GuestState, nowMs: number): boolean {
  const next = earliestTimer(state.timers)
  if (next === undefined || next.timer.dueMs > nowMs) return false
  const { id, timer } = next
  if (timer.everyMs === undefined) state.timers.waiting.delete(id)
  else state.timers.waiting.set(id, { ...timer, dueMs: nowMs + timer.everyMs })
  timer.run()
  return true
}

export function earliestTimer(timers: GuestTimers): { id: number; timer: GuestTimer } | undefined {
  let earliest: { id: number; timer: GuestTimer } | undefined
  for (const [id, timer] of timers.waiting) {
    if (earliest === undefined || timer.dueMs < earliest.timer.dueMs) earliest = { id, timer }
  }
  return earliest
}

/** Timers of the program that wait. */
export function countTimers(timers: GuestTimers): number {
  let count = 0
  for (const timer of timers.waiting.values()) if (!timer.silent) count += 1
  return count
}
