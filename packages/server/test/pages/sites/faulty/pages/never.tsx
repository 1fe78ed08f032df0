import { Suspense, use } from 'react'
import type { PageConfig } from '@evenkeel/server/page'

export const config: PageConfig = { deadlineMs: 800 }

const waiting = new Promise<string>(() => undefined)

function Late() {
  return <b>{use(waiting)}</b>
}

export default function Never({ query }: { readonly query: { readonly bare?: string } }) {
  if (query.bare !== undefined) return <Late />
  return (
    <Suspense fallback={<i>please wait</i>}>
      <Late />
    </Suspense>
  )
}
