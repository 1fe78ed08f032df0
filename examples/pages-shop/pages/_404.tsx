import type { Head } from '@evenkeel/server/page'

export const head: Head = { title: 'Not found · Fathom' }

export default function NotFound() {
  return (
    <section className="hero small">
      <h1>Off the chart</h1>
      <p>
        There is nothing at this address. <a href="/">Back to the shop</a>
      </p>
    </section>
  )
}
