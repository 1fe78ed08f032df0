/**
 * Corrects the p-values of several metrics shown together, so that the chance of any false alarm stays what one test promises
 * (Holm, Scandinavian Journal of Statistics 6, 1979). Same order as given.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1))
  const adjusted = Array.from({ length: pValues.length }, () => 1)
  let largest = 0
  for (const [rank, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues[index] ?? 1) * (pValues.length - rank)))
    adjusted[index] = largest
  }
  return adjusted
}
