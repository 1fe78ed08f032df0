import type { PageConfig } from '@evenkeel/server/page'

export const config: PageConfig = { deadlineMs: 500, warm: [] }

export default function Endless({ query }: { readonly query: { readonly go?: string } }) {
  while (query.go !== undefined);
  return <p>ended</p>
}
