import type { Head } from '@evenkeel/server/page'

export const head: Head = { title: 'Fathom' }

export default function Failed({ status }: { readonly status: number }) {
  return (
    <section className="hero small">
      <h1>{status === 503 ? 'Full house' : 'Something broke'}</h1>
      <p>
        It is our fault, and we know of it. Please try again in a moment. <a href="/">Back to the shop</a>
      </p>
    </section>
  )
}
