import type { Purge } from '../cache/page-cache.ts'

/** What a process that answers for a build by itself is told. Survives JSON. */
export interface LocalSiteOptions {
  /** Of the build. */
  readonly folder: string
  /** Folders of builds before, the oldest first: their files stay for visitors who have an older page. */
  readonly earlier: readonly string[]
  /** Path before every address, ending with `/`. */
  readonly base: string
  /** The policy; `{nonce}` is replaced. */
  readonly csp: string | null
  /** Memory for kept pages, in bytes. */
  readonly cacheBytes: number
  readonly maxPageBytes: number
  /** Of a posted form, in bytes. */
  readonly maxBodyBytes: number
  readonly earlyHints: boolean
  /** What was purged since the build was made: pages that were rendered ahead must not come back with a new process. */
  readonly purged: readonly Purge[]
}
