import type { HeadOf, Load, PageConfig } from '@evenkeel/server/page'
import { ProductGrid } from './_parts/product-grid.tsx'
import { findProducts, type Product } from './_parts/products.ts'

interface SearchProps {
  readonly wanted: string
  readonly found: readonly Product[]
}

export const config: PageConfig = { cache: { ttlMs: 60_000, vary: { query: ['q'] }, tags: ['products'] } }

export const head: HeadOf<SearchProps> = ({ props }) => ({
  title: `${props.wanted} · Fathom`,
  meta: { robots: 'noindex' },
})

export const load: Load<SearchProps> = ({ query }) => {
  const wanted = String(query['q'] ?? '').slice(0, 100)
  return { wanted, found: findProducts(wanted) }
}

const hints = ['brass', 'weather', 'rope', 'wet']

export default function Search({ wanted, found }: SearchProps) {
  return (
    <>
      <section className="hero small">
        <h1>{found.length === 0 ? `Nothing for “${wanted}”` : `“${wanted}”`}</h1>
        <p>
          {found.length === 0 ? 'Perhaps ' : `${found.length} found. Or `}
          {hints.map((hint, index) => (
            <span key={hint}>
              {index > 0 && ', '}
              <a href={`/search?q=${hint}`}>{hint}</a>
            </span>
          ))}
          ?
        </p>
      </section>
      <ProductGrid products={found} />
    </>
  )
}
