import type { Load, PageConfig } from '@evenkeel/server/page'

export const config: PageConfig = {
  cache: { ttlMs: 60_000, tags: ['all'], vary: { query: ['q'], cookies: ['locale'] } },
}

let made = 0

export const load: Load = ({ query, request }) => {
  made += 1
  return { made, seen: JSON.stringify([query, request.cookies, request.headers.get('authorization')]) }
}

export default function Cached({ made: count, seen }: { readonly made: number; readonly seen: string }) {
  return (
    <p>
      {count} {seen}
    </p>
  )
}
