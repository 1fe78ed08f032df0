import { primordials } from './primordials.guest.ts'
import type { GuestState } from './state.guest.ts'
import { countTimers, earliestTimer } from './timers.guest.ts'

/** A line of JSON, then what was settled. */
export function readState(state: GuestState, nowMs: number): string {
  const next = earliestTimer(state.timers)
  const wakeInMs = next === undefined ? null : Math.max(0, next.timer.dueMs - nowMs)
  return `${primordials.jsonStringify({ status: state.status, begun: state.begun, timers: countTimers(state.timers), calls: state.calls.waiting.size, wakeInMs })}\n${state.settled}`
}

/**
 * Tells the host of a run that has settled, while the entry is still going on. Asking for it afterwards would move the heap to another
 * thread and back, which costs as much as the rest of a trivial run.
 */
export function tellReading(state: GuestState): void {
  state.told = 'reading'
  state.emitReading(readState(state, primordials.now()))
}

/** What the program leaves running after it has settled counts too. Said once, so that a program that goes on for ever is no flood. */
export function outdateReading(state: GuestState): void {
  if (state.told !== 'reading') return
  state.told = 'outdated'
  state.emitReading('')
}
