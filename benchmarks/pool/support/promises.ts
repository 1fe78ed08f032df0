/** What a benchmark is to show on a machine of its own. What does not hold is said, and makes the benchmark fail. */
export function promise(text: string, isKept: boolean): void {
  console.log(`${isKept ? 'holds         ' : 'DOES NOT HOLD '} ${text}`)
  if (!isKept) process.exitCode = 1
}
