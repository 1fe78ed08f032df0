import type { Command } from 'commander'
import type { ReportOutputs } from '../report/report-outputs.ts'

/** The options of every command that can write reports. */
export function addReportOptions(command: Command): Command {
  return command
    .option('--html <file>', 'writes one HTML file that opens without a network ("-": standard output)')
    .option('--markdown <file>', 'writes Markdown for a pull request ("-": standard output)')
    .option('--junit <file>', 'writes JUnit XML for a CI system ("-": standard output)')
    .option('--summary <file>', 'writes the figures as JSON ("-": standard output)')
}

export interface ReportFlags {
  readonly html?: string
  readonly markdown?: string
  readonly junit?: string
  readonly summary?: string
}

export function reportOutputs(flags: ReportFlags): ReportOutputs {
  const { summary, html, markdown, junit } = flags
  return {
    ...(html === undefined ? {} : { html }),
    ...(markdown === undefined ? {} : { markdown }),
    ...(junit === undefined ? {} : { junit }),
    ...(summary === undefined ? {} : { json: summary }),
  }
}
