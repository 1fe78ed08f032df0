import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { writeWhole } from '../util/write-whole.ts'
import type { LabResult } from './lab-result.ts'
import { validateResult } from './validate-result.ts'

/** Name of the result inside a result folder. */
export const resultFileName = 'result.json'

/** Writes the result whole or not at all. @throws LabError `EK_LAB_RESULT_WRITE`. */
export async function writeResult(path: string, result: LabResult): Promise<void> {
  try {
    await writeWhole(path, `${JSON.stringify(result)}\n`)
  } catch (error) {
    throw new LabError('EK_LAB_RESULT_WRITE', `The result "${path}" could not be written: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Reads a result file, or `result.json` of a result folder, and checks its shape. */
export async function readResult(path: string): Promise<LabResult> {
  const file = await resultPath(path)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new LabError('EK_LAB_RESULT_READ', `The result "${file}" could not be read: ${messageOf(error)}`, {
      cause: error,
    })
  })
  return validateResult(parseJson(file, text), file)
}

async function resultPath(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true ? join(path, resultFileName) : path
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new LabError('EK_LAB_RESULT_INVALID', `The result "${file}" is not JSON: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
