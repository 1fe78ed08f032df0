/** Median with the least and the most of several rounds. */
export function spread(values: readonly number[], digits = 1): string {
  const sorted = values.toSorted((first, second) => first - second)
  const [least = Number.NaN] = sorted
  const most = sorted.at(-1) ?? Number.NaN
  return `${median(values).toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((first, second) => first - second)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** A number from the environment, for short trial runs. */
export function setting(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise)
  if (!(value > 0)) throw new Error(`${name} must be a number above 0`)
  return value
}
