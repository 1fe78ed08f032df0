import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../cli/cli-context.ts'
import type { RunLoadOptions } from '../load/run-load.ts'
import { fireMarkers, withMarkers, type FiredMarker } from '../markers/fire-markers.ts'
import type { MarkerHook } from '../markers/marker-hook.ts'
import { reportFiles, writeReports } from '../report/report-outputs.ts'
import { renderRun } from '../report/stored-report.ts'
import { ensureWritable } from '../result/ensure-writable.ts'
import type { LabResult } from '../result/lab-result.ts'
import { writeResult } from '../result/result-file.ts'
import { LabError } from '../errors/lab-error.ts'
import { WatchServer } from '../watch/watch-server.ts'
import { addReportOptions, reportOutputs, type ReportFlags } from './report-options.ts'

/** Flags of what goes on around a run. */
export interface ExtraFlags extends ReportFlags {
  /** `true` without a port. */
  readonly watch?: string | boolean
  /** File of the result. */
  readonly output?: string
}

export function addExtraOptions(command: Command): Command {
  return addReportOptions(command).option('--watch [port]', 'serves the report on this machine while the load runs')
}

export interface Extras {
  readonly name: string
  readonly target: string
  readonly model: LabResult['plan']['model']
  readonly markers: readonly MarkerHook[]
  readonly flags: ExtraFlags
  readonly context: CliContext
}

/** Sends a load with what was asked for around it: markers before and after, a live report meanwhile. */
export async function withExtras(
  options: RunLoadOptions,
  extras: Extras,
  send: (options: RunLoadOptions) => Promise<LabResult>,
): Promise<LabResult> {
  const { flags, context } = extras
  const output = flags.output === undefined ? [] : [resolve(context.cwd, flags.output)]
  await ensureWritable([...output, ...reportFiles(reportOutputs(flags), context.cwd)])
  await using watch = await startWatch(extras)
  const started = await fireMarkers(extras.markers, 'start', extras)
  const measured = await send({
    ...options,
    onProgress: (progress) => {
      options.onProgress?.(progress)
      watch?.update(progress)
    },
  })
  const stopped = await fireMarkers(extras.markers, 'stop', { ...extras, result: measured })
  const result = withMarkers(measured, [...started, ...stopped])
  warn([...started, ...stopped], context)
  watch?.finish(result)
  return result
}

/** Writes the result and the reports that were asked for. What goes to standard output has gone before: a full disk loses no figures. */
export async function writeOutputs(result: LabResult, flags: ExtraFlags, context: CliContext): Promise<void> {
  if (flags.output !== undefined) {
    const path = resolve(context.cwd, flags.output)
    await writeResult(path, result)
    context.stderr.write(`result written to ${path}\n`)
  }
  const written = await writeReports(reportOutputs(flags), (format) => renderRun(result, format), context)
  for (const file of written) context.stderr.write(`wrote ${file}\n`)
}

async function startWatch({ flags, context, name, target, model }: Extras): Promise<WatchServer | undefined> {
  if (flags.watch === undefined || flags.watch === false) return undefined
  const port = flags.watch === true ? 0 : Number(flags.watch)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new LabError('EK_LAB_USAGE', `--watch takes a port, received "${String(flags.watch)}"`)
  const server = await WatchServer.start({ name, target, model, port })
  context.stderr.write(`live report: ${server.url}\n`)
  return server
}

function warn(fired: readonly FiredMarker[], context: CliContext): void {
  for (const { label, problem } of fired)
    if (problem !== undefined) context.stderr.write(`warning: the marker "${label}" could not be set: ${problem}\n`)
}
