import { resolve } from 'node:path'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { writeWhole } from '../util/write-whole.ts'
import { reportFormats, type ReportFormat } from './stored-report.ts'

/** Where reports go: a path for each format; `-` is standard output. */
export type ReportOutputs = Readonly<Partial<Record<ReportFormat, string>>>

export interface ReportDestination {
  readonly cwd: string
  readonly stdout: { write(text: string): unknown }
}

/** The files among the outputs, as whole paths. */
export function reportFiles(outputs: ReportOutputs, cwd: string): string[] {
  return Object.values(outputs)
    .filter((path) => path !== '-')
    .map((path) => resolve(cwd, path))
}

/** Writes the reports asked for and returns the files written. */
export async function writeReports(
  outputs: ReportOutputs,
  render: (format: ReportFormat) => string,
  destination: ReportDestination,
): Promise<string[]> {
  const written: string[] = []
  for (const format of reportFormats) {
    const path = outputs[format]
    if (path === undefined) continue
    const text = render(format)
    if (path === '-') destination.stdout.write(text)
    else written.push(await writeText(resolve(destination.cwd, path), text))
  }
  return written
}

async function writeText(path: string, text: string): Promise<string> {
  try {
    await writeWhole(path, text)
    return path
  } catch (error) {
    throw new LabError('EK_LAB_RESULT_WRITE', `The report "${path}" could not be written: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
