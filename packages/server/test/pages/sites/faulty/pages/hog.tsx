import type { PageConfig } from '@evenkeel/server/page'

export const config: PageConfig = { deadlineMs: 20_000 }

export default function Hog({ query }: { readonly query: { readonly go?: string } }) {
  const kept: unknown[] = []
  while (query.go !== undefined) kept.push(Array.from({ length: 1_000 }, (_, index) => ({ index })))
  return <p>{kept.length}</p>
}
