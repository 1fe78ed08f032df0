import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from './make-folder.ts'

/**
 * Writes a file beside its place and renames it, so that no reader sees half of one; its folders are made. A pipe or device (`/dev/stdout`) is written
 * to: renaming would put a file in its place.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  await makeFolder(dirname(path))
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined && !found.isFile()) return writeFile(path, text)
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await writeFile(temporary, text)
    await rename(temporary, path)
  } catch (error) {
    // The folder may be what is missing: the first error is the one to tell.
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}
