import { readFileSync } from 'node:fs'

/** What a file of the kernel says; nothing when it is not there, such as that of a process that is gone. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
