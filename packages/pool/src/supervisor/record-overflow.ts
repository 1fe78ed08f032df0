import { fstatSync } from 'node:fs'
import type { SharedRecord } from './messages.ts'

/** What a file system may take for a record, whatever the size of its blocks; a hundred hosts with so much are no danger. */
const mostRoomBytes = 4 * 1_048_576

/** `st_blocks` counts in these, whatever the file system's own blocks are (stat(2)). */
const statBlockBytes = 512

/**
 * Whether a record takes more than it should. Its file may be memory that belongs to no process, so neither the resident
 * ceiling of a host nor its memory group would see it grow. Room can be taken without making the file longer (fallocate(2)).
 */
export function recordOverflows({ descriptor, bytes }: SharedRecord): boolean {
  try {
    const { size, blocks } = fstatSync(descriptor)
    return size > bytes || blocks * statBlockBytes > mostRoomBytes
  } catch {
    // The gateway has closed it: its host is gone.
    return false
  }
}
