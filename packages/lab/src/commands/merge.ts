import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../cli/cli-context.ts'
import { mergeResults } from '../merge/merge-results.ts'
import { writeReports } from '../report/report-outputs.ts'
import { renderRun } from '../report/stored-report.ts'
import { readResult, resultFileName, writeResult } from '../result/result-file.ts'
import { addReportOptions, reportOutputs, type ReportFlags } from './report-options.ts'

interface MergeFlags extends ReportFlags {
  readonly output: string
}

export function registerMerge(program: Command, context: CliContext): void {
  const command = program
    .command('merge')
    .argument('<results...>', 'result files or folders, one for each generator')
    .description('adds the results of several generators to one: counters and histograms add up exactly')
    .option('-o, --output <folder>', 'folder for the merged result', 'merged')
  addReportOptions(command)
    .addHelpText('after', '\nExample: evenkeel-lab merge host-1/results host-2/results -o all --html all.html')
    .action((paths: readonly string[], flags: MergeFlags) => runMerge(paths, flags, context))
}

async function runMerge(paths: readonly string[], flags: MergeFlags, context: CliContext): Promise<void> {
  const results = []
  for (const path of paths) results.push(await readResult(resolve(context.cwd, path)))
  const merged = mergeResults(results)
  const file = join(resolve(context.cwd, flags.output), resultFileName)
  await writeResult(file, merged)
  const reports = await writeReports(reportOutputs(flags), (format) => renderRun(merged, format), context)
  for (const warning of merged.warnings) context.stderr.write(`warning: ${warning}\n`)
  for (const written of [file, ...reports]) context.stderr.write(`wrote ${written}\n`)
}
