import type { RunOutcome } from './script-group.ts'

/** Figures that depend on the machine, not on the script. */
const machineFigures = /^(?:http\.downloaded_bytes|lab\..*)$/

export function withoutNoise(counters: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return sorted(
    Object.fromEntries(Object.entries(counters).filter(([name, count]) => count !== 0 && !machineFigures.test(name))),
  )
}

export function sorted<Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

export function makeOutcome(parts: RunOutcome): RunOutcome {
  return {
    ...parts,
    counters: withoutNoise(parts.counters),
    histograms: sorted(parts.histograms),
    received: sorted(parts.received),
  }
}
