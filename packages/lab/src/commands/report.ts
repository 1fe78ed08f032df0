import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../cli/cli-context.ts'
import { writeReports, type ReportOutputs } from '../report/report-outputs.ts'
import { readStored, renderStored } from '../report/stored-report.ts'
import { addReportOptions, reportOutputs, type ReportFlags } from './report-options.ts'

export function registerReport(program: Command, context: CliContext): void {
  const command = program
    .command('report')
    .argument('<result>', 'a result or comparison file, or the folder it lies in')
    .description('builds reports again from a stored result; HTML unless another format is asked for')
  addReportOptions(command)
    .addHelpText('after', '\nExample: evenkeel-lab report results/2026-11-21 --html report.html --markdown -')
    .action((path: string, flags: ReportFlags) => runReport(path, flags, context))
}

async function runReport(path: string, flags: ReportFlags, context: CliContext): Promise<void> {
  const stored = await readStored(resolve(context.cwd, path))
  const asked = reportOutputs(flags)
  const outputs: ReportOutputs = Object.keys(asked).length === 0 ? { html: 'report.html' } : asked
  const written = await writeReports(outputs, (format) => renderStored(stored, format), context)
  for (const file of written) context.stderr.write(`wrote ${file}\n`)
}
