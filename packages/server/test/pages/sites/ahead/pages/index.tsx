import type { PageConfig } from '@evenkeel/server/page'

export const config: PageConfig = { prerender: true }

let rendered = 0

export default function Home() {
  rendered += 1
  return <p>{`rendered ${rendered}`}</p>
}
