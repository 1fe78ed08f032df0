import { median } from './spread.ts'

const draws = 4_000

/**
 * Where the ratio of two medians lies, with 95 % confidence: percentiles of the ratios of samples that are drawn anew from both, with
 * replacement (Efron's bootstrap). Windows of a noisy machine differ by more than what is looked for.
 */
export function ratioInterval(over: readonly number[], under: readonly number[]): readonly [low: number, high: number] {
  const ratios = Array.from({ length: draws }, () => median(drawn(over)) / median(drawn(under)))
  const sorted = ratios.toSorted((one, other) => one - other)
  const at = (part: number): number => sorted[Math.floor(draws * part)] ?? Number.NaN
  return [at(0.025), at(0.975)]
}

function drawn(values: readonly number[]): number[] {
  return values.map(() => values[Math.floor(Math.random() * values.length)] ?? Number.NaN)
}
