import { ServerError } from '../../errors/server-error.ts'

/** Takes the app of a file that has no default export, and resolves to the address it is served at. */
export type TakeApp = (app: object) => string | Promise<string>

/** Shared by copies of this package, since an app may bring its own. */
const door = Symbol.for('@evenkeel/server:take-app')

/** Before a runtime imports the app's file: what `listen()` gives the app to. Returns what undoes it. */
export function awaitApp(take: TakeApp): () => void {
  const doors = globalThis as { [door]?: TakeApp | undefined }
  doors[door] = take
  return () => {
    doors[door] = undefined
  }
}

/** Gives the app to the runtime. Rejects with `EK_COMPAT_LISTEN` when none waits for one. */
export async function announce(app: object): Promise<string> {
  const take = (globalThis as { [door]?: TakeApp | undefined })[door]
  if (take !== undefined) return take(app)
  throw new ServerError('EK_COMPAT_LISTEN', 'no runtime waits for an app', {
    hint: 'Start the file with "evenkeel run", and call listen() once: a file has one app.',
  })
}
