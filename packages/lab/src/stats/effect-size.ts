/**
 * Cliff's delta: how often a value of B is above one of A, less how often it is below; from −1 to 1. Says whether a difference
 * matters beside the noise, whatever its size.
 */
export function cliffsDelta(a: readonly number[], b: readonly number[]): number {
  let balance = 0
  for (const valueB of b) for (const valueA of a) balance += Math.sign(valueB - valueA)
  return a.length === 0 || b.length === 0 ? 0 : balance / (a.length * b.length)
}
