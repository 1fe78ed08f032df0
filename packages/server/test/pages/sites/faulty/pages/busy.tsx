import type { Query } from '@evenkeel/server/page'

let rendered = 0

/** Computes for as long as it is asked to, and says how often it was rendered. */
export default function Busy({ query }: { readonly query: Query }) {
  const untilMs = performance.now() + Number(query['ms'] ?? 0)
  while (performance.now() < untilMs);
  rendered += 1
  return <p>{rendered}</p>
}
