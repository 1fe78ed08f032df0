import type { Command } from 'commander'
import type { CliContext } from './cli-context.ts'

/** Adds one verb to the program. Each verb is one file `src/commands/<verb>.ts` that exports one of these. */
export type RegisterCommand = (program: Command, context: CliContext) => void

/** One line for each verb, in the order of the help text. Loaded when a command line is read: a library user pays for none. */
const commands: readonly (() => Promise<RegisterCommand>)[] = [
  async () => (await import('../commands/run.ts')).registerRun,
  async () => (await import('../commands/quick.ts')).registerQuick,
  async () => (await import('../commands/generate.ts')).registerGenerate,
  async () => (await import('../commands/selftest.ts')).registerSelftest,
  async () => (await import('../commands/compare.ts')).registerCompare,
  async () => (await import('../commands/report.ts')).registerReport,
  async () => (await import('../commands/merge.ts')).registerMerge,
  async () => (await import('../commands/agent.ts')).registerAgent,
]

export function loadCommands(): Promise<readonly RegisterCommand[]> {
  return Promise.all(commands.map((load) => load()))
}
