import type { User } from '../user.ts'

/** A step made ready: what depends only on the script is done, what depends on the user is left. */
export type RunStep = (user: User) => Promise<void> | void

export async function runSteps(steps: readonly RunStep[], user: User): Promise<void> {
  for (const step of steps) {
    user.throwIfStopped()
    const pending = step(user)
    if (pending !== undefined) await pending
  }
}
