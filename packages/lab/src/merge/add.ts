import type { EncodedHistogram } from '../result/encoded-histogram.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'

/** The distribution of all values of several histograms: bucket counts, count and sum add up, so it is exact. */
export function addHistograms(histograms: readonly EncodedHistogram[]): EncodedHistogram {
  const filled = histograms.filter((each) => each.count > 0)
  const only = filled.length <= 1 ? (filled[0] ?? histograms[0]) : undefined
  if (only !== undefined) return only
  const unit = filled[0]?.unit ?? 'us'
  return LatencyHistogram.merged(
    filled.map((each) => LatencyHistogram.decode(each)),
    unit,
  ).encode()
}

export type Counts = Readonly<Record<string, number>>

/** Adds counts by name. Names are data: one called `__proto__` is a name like any other. */
export function addCounts(all: readonly Counts[]): Record<string, number> {
  const sums = new Map<string, number>()
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count)
  return Object.fromEntries(sums)
}

/** Adds every field of records that hold only numbers. */
export function addFields<Fields extends { readonly [Name in keyof Fields]: number }>(all: readonly Fields[]): Fields {
  return addCounts(all as readonly Counts[]) as unknown as Fields
}

/** Groups items by a key, groups in the order in which their keys first came. */
export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return [...groups.values()]
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
