import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../util/make-folder.ts'
import { LabError, messageOf } from '../errors/lab-error.ts'

/**
 * Makes the folders of files that are to be written once the work is done, and checks that the files can be: hours of load are not
 * sent for a result that has no place.
 * @throws LabError `EK_LAB_RESULT_WRITE` naming the first that cannot.
 */
export async function ensureWritable(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      await makeFolder(dirname(path))
      await access(dirname(path), constants.W_OK)
      const found = await stat(path).catch(() => undefined)
      if (found?.isDirectory() === true) throw new Error('it is a folder')
      if (found !== undefined) await access(path, constants.W_OK)
    } catch (error) {
      throw new LabError('EK_LAB_RESULT_WRITE', `"${path}" cannot be written: ${messageOf(error)}`, { cause: error })
    }
  }
}
