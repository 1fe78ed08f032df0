import type { Command } from 'commander'
import type { CliContext } from '../cli/cli-context.ts'
import { exitCodes } from '../cli/exit-codes.ts'
import { durationOption } from '../cli/parse-options.ts'
import { formatCount, formatUs } from '../cli/terminal/format-value.ts'
import { selfTest, type SelfTestResult } from '../load/self-test.ts'

interface SelftestFlags {
  readonly duration: number
  readonly json?: boolean
}

/** `selftest`: what this machine can send. */
export function registerSelftest(program: Command, context: CliContext): void {
  program
    .command('selftest')
    .description("measures this machine's ceiling as a generator, against a built-in server that does nothing")
    .option('-d, --duration <time>', 'time of each of the three measurements', durationOption, 3000)
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', '\nExample:\n  $ evenkeel-lab selftest --duration 5s')
    .action((flags: SelftestFlags) => run(flags, context))
}

async function run(flags: SelftestFlags, context: CliContext): Promise<void> {
  const result = await selfTest({
    durationMs: flags.duration,
    signal: context.signal,
    onStep: (name) => context.stderr.write(`measuring ${name} …\n`),
  })
  if (context.signal.aborted) return context.setExitCode(exitCodes.interrupted)
  context.stdout.write(flags.json === true ? `${JSON.stringify(result)}\n` : textOf(result))
}

function textOf({ measures, sendLag }: SelfTestResult): string {
  const lines = measures.map(
    ({ name, isClosed, cpuUsPerUnit, ceilingPerSecond, achievedPerSecond }) =>
      `${name}\n  CPU ${cpuUsPerUnit.toFixed(1)} µs each, sent ${formatCount(achievedPerSecond)}/s` +
      (isClosed ? ', as many as were answered' : `; a worker's ceiling is about ${formatCount(ceilingPerSecond)}/s`),
  )
  const { perSecond, p99Us, maxUs } = sendLag
  lines.push(`start delay at ${perSecond} users/s: p99 ${formatUs(p99Us)}, max ${formatUs(maxUs)}`)
  return `${lines.join('\n')}\n`
}
