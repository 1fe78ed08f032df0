import { setFlagsFromString } from 'node:v8'

/** Verbs whose process stays and serves. */
const servingVerbs: ReadonlySet<string> = new Set(['serve', 'run'])

/**
 * Of the young generation, in MiB. V8 lets it grow to three times 16 before it looks for garbage, whatever the rest of the heap needs: a gateway
 * that has answered some ten thousand requests is then 50 to 100 MiB larger, and no faster (decision 008).
 */
const semiSpaceMb = 4

const flag = '--max-semi-space-size'

/**
 * By how much the heap may grow, in percent of what was in use after the last collection, before it is collected again. V8 would let it grow to four
 * times that (decision 008). Can be changed while a program runs, so it is no part of the command line, where another V8 may not know it.
 */
const heapGrowingPercent = 60

/** glibc gives each thread an allocator of its own, which keeps what it once had: 20 to 30 MiB of a gateway whose V8 compiles and marks in threads. */
const allocator = { MALLOC_ARENA_MAX: '2' }

export interface LaunchedProcess {
  readonly argv: readonly string[]
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly connected: boolean
}

/** The command line with which a server should have been started, or undefined when it was, or when its operator has chosen a size. */
export function servingCommand({ argv, execArgv, env, connected }: LaunchedProcess): readonly string[] | undefined {
  const [command = '', ...rest] = argv
  const chosen = [...execArgv, env['NODE_OPTIONS'] ?? ''].some((text) => text.includes('semi-space-size'))
  // A channel to the process that started this one does not survive the change.
  if (chosen || connected || !servingVerbs.has(argv[2] ?? '')) return undefined
  return [command, ...execArgv, `${flag}=${semiSpaceMb}`, ...rest]
}

/**
 * Starts this process again with the flags of a server, in its place: the same process id, streams and environment. Returns when there is
 * nothing to change, or where the system has no such call. V8 takes the size of its young generation at the start only.
 */
export function startAsServer(): void {
  const { argv, execArgv, env, execPath, connected } = process
  const command = servingCommand({ argv, execArgv, env, connected })
  if (command !== undefined && process.execve !== undefined && process.platform !== 'win32')
    process.execve(execPath, [...command], { ...allocator, ...env })
  if (servingVerbs.has(argv[2] ?? '')) setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`)
}
