import { Command, CommanderError } from 'commander'
import type { LabErrorCode } from '../errors/error-codes.ts'
import { isLabError, messageOf } from '../errors/lab-error.ts'
import type { CliContext } from './cli-context.ts'
import { formatFinding } from './format-finding.ts'
import { loadCommands } from './command-registry.ts'
import { exitCodeOfStop, exitCodes } from './exit-codes.ts'
import { labVersion } from '../util/lab-version.ts'
import { allowClosedPipes, withProcessSignals } from './process-signals.ts'

export interface RunLabOptions {
  /** Name to print in usage lines. Default `evenkeel-lab`. */
  readonly name?: string
  /** Parts of the process to use instead of the real ones. */
  readonly context?: Partial<Omit<CliContext, 'setExitCode'>>
}

/**
 * Runs a command line of the lab, without the program's name: `runLab(['quick', 'http://127.0.0.1:3000'])`.
 * Resolves with the exit code and leaves setting it to the caller. Never rejects.
 */
export async function runLab(argv: readonly string[], options: RunLabOptions = {}): Promise<number> {
  allowClosedPipes()
  return withProcessSignals(options.context?.signal, (signal) => execute(argv, options, signal))
}

async function execute(argv: readonly string[], options: RunLabOptions, signal: AbortSignal): Promise<number> {
  let exitCode: number = exitCodes.ok
  const context: CliContext = {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    ...options.context,
    signal,
    setExitCode: (code) => (exitCode = code),
  }
  try {
    const program = await buildProgram(options.name ?? 'evenkeel-lab', context)
    await program.parseAsync([...argv], { from: 'user' })
    return exitCode
  } catch (error) {
    return reportFailure(error, context)
  }
}

async function buildProgram(name: string, context: CliContext): Promise<Command> {
  const program = new Command(name)
    .description('Scenario load tests, comparisons and reports for any HTTP server')
    .version(labVersion())
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
  for (const register of await loadCommands()) register(program, context)
  for (const command of program.commands) command.copyInheritedSettings(program)
  return program
}

/** The caller's mistakes that show only once something was sent. All others are known before, and are usage errors. */
const failuresOfWork: ReadonlySet<LabErrorCode> = new Set([
  'EK_LAB_BEFORE_FAILED',
  'EK_LAB_HOOK_TIMEOUT',
  'EK_LAB_PAYLOAD_EXHAUSTED',
])

function reportFailure(error: unknown, context: CliContext): number {
  // Commander has printed its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (!isLabError(error)) {
    context.stderr.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`)
    return exitCodes.failed
  }
  context.stderr.write(`error ${error.code}: ${error.message}\n`)
  for (const finding of error.findings) context.stderr.write(`  ${formatFinding(finding)}\n`)
  if (error.hint !== undefined) context.stderr.write(`  hint: ${error.hint}\n`)
  if (context.signal.aborted) return exitCodeOfStop(context.signal)
  return error.fault === 'caller' && !failuresOfWork.has(error.code) ? exitCodes.usage : exitCodes.failed
}
