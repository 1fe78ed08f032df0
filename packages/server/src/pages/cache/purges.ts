import type { Purge } from './page-cache.ts'

/** Above it, a purge of everything takes their place. */
const maxNames = 10_000

/** What was purged of a build, as far as it matters to a process that starts later. */
export class Purges {
  /** Of the build; changes in place, for whoever holds it. */
  readonly list: Purge[] = []

  add({ tags = [], paths = [] }: Purge): void {
    const names = this.list.reduce((sum, each) => sum + (each.tags?.length ?? 0) + (each.paths?.length ?? 0), 0)
    const isAll = tags.length + paths.length === 0 || names + tags.length + paths.length > maxNames
    // Pages that were kept after a purge of everything are not in a process that starts now.
    if (isAll) this.list.length = 0
    if (this.list.some((each) => each.tags === undefined && each.paths === undefined)) return
    this.list.push(isAll ? {} : { tags, paths })
  }
}
