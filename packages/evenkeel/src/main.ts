import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'

/** Exit codes of every verb. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const

/** Runs the command line and resolves to its exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[2] === 'lab') return runLabVerb(argv.slice(3))
  try {
    if (argv[2] === 'run') return await runAppVerb(argv.slice(3))
    const program = await createProgram()
    await program.parseAsync([...argv])
    return exitCodes.ok
  } catch (error) {
    return report(error as Error)
  }
}

/** The lab has a command line of its own, also as `evenkeel-lab`; it is loaded only when it is asked for. */
async function runLabVerb(argv: readonly string[]): Promise<number> {
  const { endProcess, runLab } = await import('@evenkeel/lab')
  const exitCode = await runLab(argv, { name: 'evenkeel lab' })
  endProcess(exitCode)
  return exitCode
}

/** Without the rest of the server: the process that watches over an app is small. */
async function runAppVerb(argv: readonly string[]): Promise<number> {
  const { runCommand } = await import('./run.ts')
  const command = runCommand().exitOverride().showHelpAfterError('(add --help for usage)')
  await command.name('evenkeel run').parseAsync([...argv], { from: 'user' })
  return Number(process.exitCode ?? exitCodes.ok)
}

async function createProgram(): Promise<Command> {
  const [
    { addServeCommand },
    { addDevCommand },
    { addBuildCommand },
    { addBundleCommand },
    { addFunctionCommands },
    { addTokenCommands },
    { reloadCommand },
  ] = await Promise.all([
    import('./serve.ts'),
    import('./dev.ts'),
    import('./build.ts'),
    import('./bundle.ts'),
    import('./fn.ts'),
    import('./token.ts'),
    import('./reload.ts'),
  ])
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
  addDevCommand(program)
  addBuildCommand(program)
  addBundleCommand(program)
  addFunctionCommands(program)
  addTokenCommands(program)
  program.command('run').description('serve one app, or pages, in one runtime or several: evenkeel run --help')
  program.addCommand(reloadCommand())
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
