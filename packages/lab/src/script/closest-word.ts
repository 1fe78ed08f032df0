/** The known word that a mistyped one is one slip (of three letters or fewer) or two slips away from. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  const limit = word.length <= 3 ? 1 : 2
  const ranked = known
    .map((each) => ({ each, distance: editDistance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((left, right) => left.distance - right.distance)
  return ranked[0]?.each
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(left: string, right: string): number {
  const rows = [Array.from({ length: right.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    rows.push(next)
    for (let j = 1; j <= right.length; j++) {
      const substitution = at(i - 1, j - 1) + (left[i - 1] === right[j - 1] ? 0 : 1)
      const swapped = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1] ? at(i - 2, j - 2) + 1 : Infinity
      next.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, substitution, swapped))
    }
  }
  return at(left.length, right.length)
}
