import { findHook } from '../script/processor.ts'
import type { HookReference } from '../script/step.ts'
import { withinRun } from '../script/artillery-global.ts'
import { callHook } from './call-hook.ts'
import type { User } from './user.ts'

/**
 * Calls a processor function for a user. The time that it takes is the script's own and not the server's: the user's next request is
 * planned for its end. A function that the processor does not have is skipped; that was said when the script was loaded.
 */
export async function callUserHook(
  user: User,
  reference: HookReference,
  args: readonly unknown[],
  answer?: 'first',
): Promise<unknown> {
  const { script, clock, suggestions, log } = user.environment
  const hook = findHook(script.processor, reference)
  if (hook === undefined) return undefined
  const name = typeof reference === 'string' ? reference : reference.name
  const startMs = clock.nowMs()
  try {
    const onStop = (callback: () => void): (() => void) => user.onStop(callback)
    const call = { name, clock, timeoutMs: script.hookTimeoutMs, onStop, ...(answer === undefined ? {} : { answer }) }
    return await withinRun({ suggestions, log }, () => callHook(hook, args, call))
  } finally {
    user.postpone(clock.nowMs() - startMs)
  }
}
