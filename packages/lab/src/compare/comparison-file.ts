import { readFile } from 'node:fs/promises'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { writeWhole } from '../util/write-whole.ts'
import { comparisonFormat, comparisonVersion, type ComparisonResult } from './comparison-result.ts'

/** Name of the stored comparison inside a result folder. */
export const comparisonFileName = 'comparison.json'

/** Writes the comparison whole or not at all. @throws LabError `EK_LAB_RESULT_WRITE`. */
export async function writeComparison(path: string, comparison: ComparisonResult): Promise<void> {
  try {
    // JSON has no infinity: JSON.stringify writes null, and reading puts it back by the name of the field.
    await writeWhole(path, `${JSON.stringify(comparison)}\n`)
  } catch (error) {
    throw new LabError('EK_LAB_RESULT_WRITE', `The comparison "${path}" could not be written: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

export async function readComparison(path: string): Promise<ComparisonResult> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new LabError('EK_LAB_RESULT_READ', `The comparison "${path}" could not be read: ${messageOf(error)}`, {
      cause: error,
    })
  })
  return parseComparison(text, path)
}

const infinite: Readonly<Record<string, number>> = {
  low: -Infinity,
  high: Infinity,
  standardError: Infinity,
  minimumDetectableShare: Infinity,
}

/** Reads a stored comparison. @throws LabError `EK_LAB_RESULT_INVALID` or `EK_LAB_RESULT_VERSION`. */
export function parseComparison(text: string, source: string): ComparisonResult {
  let value: unknown
  try {
    value = JSON.parse(text, (key, each: unknown) => (each === null ? (infinite[key] ?? null) : each))
  } catch (error) {
    throw new LabError('EK_LAB_RESULT_INVALID', `The comparison "${source}" is not JSON: ${messageOf(error)}`)
  }
  const record = (typeof value === 'object' && value !== null ? value : {}) as Partial<ComparisonResult>
  if (record.format !== comparisonFormat)
    throw new LabError('EK_LAB_RESULT_INVALID', `"${source}" is no comparison: "format" is not "${comparisonFormat}"`)
  if (record.version !== comparisonVersion)
    throw new LabError(
      'EK_LAB_RESULT_VERSION',
      `"${source}" has comparison version ${JSON.stringify(record.version)}, this lab reads version ${comparisonVersion}`,
    )
  const missing = (['settings', 'a', 'b', 'blocks', 'metrics', 'verdict', 'caveats', 'machine'] as const).filter(
    (name) => typeof record[name] !== 'object' || record[name] === null,
  )
  if (missing.length > 0)
    throw new LabError(
      'EK_LAB_RESULT_INVALID',
      `"${source}" does not follow the comparison schema: no "${missing.join('", "')}"`,
    )
  return record as ComparisonResult
}
