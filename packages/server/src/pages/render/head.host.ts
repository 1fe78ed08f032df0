import type { Head, HeadOf, PageModule, PagePlace } from '../author/page-module.ts'

/** Whose heads make that of a document. */
interface HeadParts {
  readonly page: PageModule
  /** From the outermost in. */
  readonly layouts: readonly PageModule[]
}

export interface MergedHead {
  readonly head: Head
  /** The same object each time, so that what is made of it can be kept. */
  readonly isFixed: boolean
}

interface FixedHead {
  readonly heads: readonly (HeadOf | undefined)[]
  readonly merged: MergedHead
}

/** By route; only of those whose heads are objects. */
const fixedHeads = new WeakMap<HeadParts, FixedHead>()

/** Layouts first, the page last: what comes later wins. */
export function headOf(route: HeadParts, place: PagePlace, props: unknown): MergedHead {
  const { page, layouts } = route
  const known = fixedHeads.get(route)
  // A module may export another object by now.
  if (known !== undefined && known.heads.every((each, index) => each === (layouts[index] ?? page).head))
    return known.merged
  const heads = [...layouts, page].map(({ head }) => head)
  const isFixed = !heads.some((each) => typeof each === 'function')
  const merged = { head: mergedHead(heads, place, props), isFixed }
  if (isFixed) fixedHeads.set(route, { heads, merged })
  return merged
}

function mergedHead(heads: readonly (HeadOf | undefined)[], place: PagePlace, props: unknown): Head {
  let merged: Head = {}
  for (const each of heads) {
    if (each === undefined) continue
    const head = typeof each === 'function' ? each({ ...place, props }) : each
    const links = [...(merged.links ?? []), ...(head.links ?? [])]
    merged = { ...merged, ...head, meta: { ...merged.meta, ...head.meta }, links }
  }
  return merged
}
