import { ServerError } from '../../errors/server-error.ts'

/** Where a runtime waits for the app of a file that has no default export. */
interface Door {
  take(app: object): void
  /** An app was made that may be given later. */
  isExpected: boolean
}

/** Shared by copies of this package, since an app may bring its own. */
const symbol = Symbol.for('@evenkeel/server:app-door')
const doors = globalThis as { [symbol]?: Door | undefined }

/** How long a file may take from its import to `listen()`, in milliseconds. */
const listenWithinMs = 10_000

/**
 * Imports the file of an app. Resolves to its default export; where it has none, to the app that it gives with `listen()`, at once or
 * within ten seconds; `undefined` when there is neither.
 */
export async function importApp(load: () => Promise<{ readonly default?: unknown }>): Promise<unknown> {
  const given = Promise.withResolvers<object>()
  const door: Door = { take: given.resolve, isExpected: false }
  doors[symbol] = door
  let timer: NodeJS.Timeout | undefined
  try {
    const module = await load()
    const isDefault = module.default !== undefined && !isBareNamespace(module.default)
    if (isDefault || !door.isExpected) return module.default
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), listenWithinMs)
    })
    return await Promise.race([given.promise, late])
  } finally {
    clearTimeout(timer)
    doors[symbol] = undefined
  }
}

/** A CommonJS file that exports nothing has an empty object as its default export. */
function isBareNamespace(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0 && !('fetch' in value)
}

/** An app was made. */
export function expectApp(): void {
  const door = doors[symbol]
  if (door !== undefined) door.isExpected = true
}

/** Gives the app to the runtime. Throws `EK_COMPAT_LISTEN` when none waits for one. */
export function announce(app: object): void {
  const door = doors[symbol]
  doors[symbol] = undefined
  if (door !== undefined) return door.take(app)
  throw new ServerError('EK_COMPAT_LISTEN', 'no runtime waits for an app', {
    hint: 'Start the file with "evenkeel run", and call listen() once: a file has one app.',
  })
}
