import { Suspense, use } from 'react'
import type { PageConfig } from '@evenkeel/server/page'

export const config: PageConfig = { deadlineMs: 200 }

function Late() {
  return <b>{use(new Promise<string>(() => undefined))}</b>
}

export default function WaitsShort() {
  return (
    <Suspense fallback={<i>not yet</i>}>
      <Late />
    </Suspense>
  )
}
