import type { Head, Query } from '@evenkeel/server/page'

export const head: Head = { title: 'Thank you · Fathom', meta: { robots: 'noindex' } }

export default function Thanks({ query }: { readonly query: Query }) {
  return (
    <section className="hero small">
      <h1>Thank you</h1>
      <p>{`${String(query['count'] ?? '1')} × ${String(query['of'] ?? 'something')}: we have set it aside for you.`}</p>
      <p>
        <a href="/">Back to the shop</a>
      </p>
    </section>
  )
}
