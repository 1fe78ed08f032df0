import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { comparisonFileName, parseComparison } from '../compare/comparison-file.ts'
import type { ComparisonResult } from '../compare/comparison-result.ts'
import { comparisonFormat } from '../compare/comparison-result.ts'
import { LabError, messageOf } from '../errors/lab-error.ts'
import type { LabResult } from '../result/lab-result.ts'
import { resultFileName } from '../result/result-file.ts'
import { validateResult } from '../result/validate-result.ts'
import { renderComparisonPage } from './comparison-page.ts'
import { summarizeRun } from './json-report.ts'
import { renderComparisonJunit, renderRunJunit } from './junit-report.ts'
import { renderComparisonMarkdown, renderRunMarkdown } from './markdown-report.ts'
import { renderRunPage } from './run-page.ts'

export const reportFormats = ['html', 'markdown', 'junit', 'json'] as const
export type ReportFormat = (typeof reportFormats)[number]

/** What a result file holds. */
export type Stored =
  | { readonly kind: 'run'; readonly result: LabResult }
  | { readonly kind: 'comparison'; readonly comparison: ComparisonResult }

/** Reads a result or a comparison: the file itself, or the folder it lies in. */
export async function readStored(path: string): Promise<Stored> {
  const file = await storedFile(path)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new LabError('EK_LAB_RESULT_READ', `The result "${file}" could not be read: ${messageOf(error)}`, {
      cause: error,
    })
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new LabError('EK_LAB_RESULT_INVALID', `The result "${file}" is not JSON: ${messageOf(error)}`, {
      cause: error,
    })
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  return format === comparisonFormat
    ? { kind: 'comparison', comparison: parseComparison(text, file) }
    : { kind: 'run', result: validateResult(value, file) }
}

async function storedFile(path: string): Promise<string> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true
  if (!isFolder) return path
  const comparison = join(path, comparisonFileName)
  return (await stat(comparison).catch(() => undefined)) === undefined ? join(path, resultFileName) : comparison
}

/** One report of what is stored, in one format. */
export function renderStored(stored: Stored, format: ReportFormat): string {
  return stored.kind === 'run' ? renderRun(stored.result, format) : renderComparison(stored.comparison, format)
}

export function renderRun(result: LabResult, format: ReportFormat): string {
  switch (format) {
    case 'html':
      return renderRunPage(result)
    case 'markdown':
      return renderRunMarkdown(result)
    case 'junit':
      return renderRunJunit(result)
    case 'json':
      return `${JSON.stringify(summarizeRun(result), undefined, 2)}\n`
  }
}

export function renderComparison(comparison: ComparisonResult, format: ReportFormat): string {
  switch (format) {
    case 'html':
      return renderComparisonPage(comparison)
    case 'markdown':
      return renderComparisonMarkdown(comparison)
    case 'junit':
      return renderComparisonJunit(comparison)
    case 'json':
      return `${JSON.stringify(comparison, undefined, 2)}\n`
  }
}
