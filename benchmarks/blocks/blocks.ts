/** A block, its input, and what it must answer: computed here, not inside what is measured. */
export interface Block {
  readonly name: string
  readonly code: string
  input(number: number): unknown
  result(number: number): unknown
}

interface Row {
  readonly team: string
  readonly score: number
}

const teams = ['a', 'b', 'c', 'd', 'e']

function rowsOf(number: number): Row[] {
  return Array.from({ length: 200 }, (_, index) => ({
    team: teams[(index * 7 + number) % 5] ?? 'a',
    score: (index * 31) % 97,
  }))
}

function sums(rows: readonly Row[]): Record<string, number> {
  const totals: Record<string, number> = {}
  for (const { team, score } of rows) totals[team] = (totals[team] ?? 0) + score
  return totals
}

export const blocks: readonly Block[] = [
  {
    name: 'trivial',
    code: 'return input.a + 1',
    input: (number) => ({ a: number }),
    result: (number) => number + 1,
  },
  {
    name: 'asynchronous',
    code: 'const one = await Promise.resolve(1); return (async () => input.a + one)()',
    input: (number) => ({ a: number }),
    result: (number) => number + 1,
  },
  {
    name: 'transforms 200 rows',
    code: `const totals = {}
for (const { team, score } of input.rows) totals[team] = (totals[team] ?? 0) + score
return Object.entries(totals).sort(([a], [b]) => (a < b ? -1 : 1)).map(([team, total]) => ({ team, total }))`,
    input: (number) => ({ rows: rowsOf(number) }),
    result: (number) =>
      Object.entries(sums(rowsOf(number)))
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([team, total]) => ({ team, total })),
  },
  {
    name: 'computes for a millisecond or so',
    code: 'const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)); return fib(input.n)',
    input: () => ({ n: 20 }),
    result: () => 6_765,
  },
]
