import type { ProcessorFunction } from '../script/processor.ts'
import type { Clock } from '../util/clock.ts'
import { UserFailure, UserStopped } from './user-failure.ts'

export interface HookCall {
  readonly name: string
  readonly clock: Clock
  readonly timeoutMs: number
  /** Registers what is called when the run is stopped; returns what takes that back. */
  readonly onStop?: (callback: () => void) => () => void
}

/** How long a function may go on when the run is stopped. Its timer would keep a process alive that has nothing left to do. */
const stopGraceMs = 1000

/**
 * Calls a processor function and waits until it is done: until its promise settles, until it calls the callback that it gets as last
 * argument, or at once when it is synchronous and declares no callback. Returns what the callback was given as first argument when
 * `answer` is `first`, else an error given there fails the user.
 */
export async function callHook(
  hook: ProcessorFunction,
  args: readonly unknown[],
  call: HookCall & { readonly answer?: 'first' },
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const done = (first?: unknown): void => {
    if (call.answer === 'first') resolve(first)
    else if (first === undefined || first === null) resolve(undefined)
    else reject(UserFailure.from(first))
  }
  let cancel = call.clock.schedule(call.timeoutMs, () =>
    reject(
      new UserFailure(
        'EK_LAB_HOOK_TIMEOUT',
        `The function "${call.name}" did not call back within ${call.timeoutMs} ms`,
      ),
    ),
  )
  const forget = call.onStop?.(() => {
    cancel()
    cancel = call.clock.schedule(stopGraceMs, () => reject(new UserStopped()))
  })
  try {
    const returned: unknown = hook(...args, done)
    if (isPromise(returned)) returned.then(resolve, (error: unknown) => reject(UserFailure.from(error)))
    else if (hook.length <= args.length) resolve(returned)
    return await promise
  } catch (error) {
    throw error instanceof UserStopped ? error : UserFailure.from(error)
  } finally {
    cancel()
    forget?.()
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
