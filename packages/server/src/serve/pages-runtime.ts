import { processEngine, processProgram } from '@evenkeel/pool/process'
import type { PagesEngineOptions, PagesRuntime } from '../pages/deployment/runtime.ts'

/** What a render leaves behind should die young: room for it, in MiB. */
const semiSpaceMb = 32

/** Share of a host's resident memory that its old heap may take. */
const heapShare = 0.75

/** Pages are their operator's own code: processes with the whole Node API. */
export const pagesRuntime: PagesRuntime = {
  engine: ({ name, module, options, concurrency, residentMb, env }: PagesEngineOptions) =>
    processEngine({
      name,
      module,
      options,
      concurrency,
      residentMb,
      env,
      nodeFlags: pagesNodeFlags(residentMb),
    }),
  program: processProgram,
}

export function pagesNodeFlags(residentMb: number): string[] {
  return [
    '--enable-source-maps',
    // There are as many hosts as processors: helpers of one would take turns with the others, while it waits for them (decision 213).
    '--no-parallel-scavenge',
    `--max-semi-space-size=${semiSpaceMb}`,
    `--max-old-space-size=${Math.round(residentMb * heapShare)}`,
  ]
}

/** The environment of this process, but for what is the server's own. */
export function pagesEnvironment(): Record<string, string> {
  const given = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(EVENKEEL_|NODE_OPTIONS$)/.test(entry[0]),
  )
  return { ...Object.fromEntries(given), NODE_ENV: 'production' }
}
