import type { StorageConcerns } from '../storage.ts'
import type { DatabaseOptions } from './database.ts'

/** What the storage thread is started with. */
export type StorageThreadData = DatabaseOptions

/** A call of one method of one concern. `close` ends the thread after everything before it. */
export type StorageCall =
  | {
      readonly id: number
      readonly concern: keyof StorageConcerns
      readonly method: string
      readonly args: readonly unknown[]
    }
  | { readonly id: number; readonly concern: 'close' }

export type StorageReply =
  /** `wrote`: something was changed, so there is room and no lock. */
  | { readonly id: number; readonly status: 'ok'; readonly value: unknown; readonly wrote: boolean }
  | { readonly id: number; readonly status: 'failed'; readonly message: string }
