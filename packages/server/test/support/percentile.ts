/** The 99th percentile of `count` calls by so many clients that each call again and again, in milliseconds. */
export async function p99Of(
  ask: () => Promise<unknown>,
  { count, clients }: { readonly count: number; readonly clients: number },
): Promise<number> {
  const times: number[] = []
  let left = count
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const startedAtMs = performance.now()
      await ask()
      times.push(performance.now() - startedAtMs)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return times.toSorted((first, second) => first - second)[Math.floor(times.length * 0.99)] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return values.toSorted((first, second) => first - second)[Math.floor(values.length / 2)] ?? Number.NaN
}
