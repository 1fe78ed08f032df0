import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { addBundleCommand } from './bundle.ts'
import { addFunctionCommands } from './fn.ts'
import { addServeCommand } from './serve.ts'
import { addTokenCommands } from './token.ts'

/** Exit codes of every verb. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const

/** Runs the command line and resolves to its exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[2] === 'lab') return runLabVerb(argv.slice(3))
  const program = createProgram()
  try {
    await program.parseAsync([...argv])
    return exitCodes.ok
  } catch (error) {
    return report(error as Error)
  }
}

/** The lab has a command line of its own, also as `evenkeel-lab`; it is loaded only when it is asked for. */
async function runLabVerb(argv: readonly string[]): Promise<number> {
  const { runLab } = await import('@evenkeel/lab')
  return runLab(argv, { name: 'evenkeel lab' })
}

function createProgram(): Command {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
    description: string
  }
  const program = new Command('evenkeel')
  program
    .description(manifest.description)
    .version(manifest.version, '-v, --version')
    .exitOverride()
    .showHelpAfterError('(add --help for usage)')
  addServeCommand(program)
  addBundleCommand(program)
  addFunctionCommands(program)
  addTokenCommands(program)
  program.command('lab').description('load tests, comparisons and reports for any HTTP server: evenkeel lab --help')
  return program
}

/** Commander has printed its own messages; ours are one line and, where there is one, a hint. */
function report(error: Error): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  const { code, hint } = error as { code?: string; hint?: string }
  const known = code?.startsWith('EK_') === true
  console.error(known ? `evenkeel: ${error.message} (${code})` : (error.stack ?? error.message))
  if (hint !== undefined) console.error(`  ${hint}`)
  return exitCodes.failed
}
