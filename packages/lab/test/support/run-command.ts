import { runLab, type Clock } from '../../src/index.ts'

export interface CommandOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunCommandOptions {
  readonly cwd: string
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly onOutput?: (text: string) => void
}

/** Runs a command line of the lab in this process and keeps what it printed. */
export async function runCommand(argv: readonly string[], options: RunCommandOptions): Promise<CommandOutcome> {
  let stdout = ''
  let stderr = ''
  const collect = (keep: (text: string) => void) => ({
    write(text: string) {
      keep(text)
      options.onOutput?.(text)
    },
  })
  const exitCode = await runLab(argv, {
    context: {
      cwd: options.cwd,
      env: { PATH: process.env['PATH'] },
      stdout: collect((text) => (stdout += text)),
      stderr: collect((text) => (stderr += text)),
      signal: options.signal ?? new AbortController().signal,
      ...(options.clock === undefined ? {} : { clock: options.clock }),
    },
  })
  return { exitCode, stdout, stderr }
}
