import { useState } from 'react'
import type { Head, Load, PageConfig } from '@evenkeel/server/page'
import { ProductGrid } from './_parts/product-grid.tsx'
import { products, type Product } from './_parts/products.ts'

interface HomeProps {
  readonly products: readonly Product[]
}

export const config: PageConfig = { cache: { ttlMs: 60_000, staleWhileRevalidateMs: 600_000, tags: ['products'] } }

export const head: Head = { title: 'Fathom: instruments for small boats' }

export const load: Load<HomeProps> = () => ({ products })

const orders = {
  shelf: 'As on the shelf',
  price: 'Price',
  name: 'Name',
} as const

type Order = keyof typeof orders

export default function Home({ products: all }: HomeProps) {
  const [order, setOrder] = useState<Order>('shelf')
  const [inStock, setInStock] = useState(false)
  const shown = sorted(all, order).filter(({ stock }) => !inStock || stock > 0)
  return (
    <>
      <section className="hero">
        <h1>
          Instruments and comforts
          <br />
          for small boats
        </h1>
        <p>Nine things that do one job each, and go on doing it when they are wet.</p>
      </section>
      <div className="bar">
        <span className="soft">{`${shown.length} of ${all.length}`}</span>
        <label>
          <input type="checkbox" checked={inStock} onChange={(event) => setInStock(event.target.checked)} /> In stock
        </label>
        <label>
          Sort by{' '}
          <select value={order} onChange={(event) => setOrder(event.target.value as Order)}>
            {Object.entries(orders).map(([key, text]) => (
              <option key={key} value={key}>
                {text}
              </option>
            ))}
          </select>
        </label>
      </div>
      <ProductGrid products={shown} />
    </>
  )
}

function sorted(list: readonly Product[], order: Order): readonly Product[] {
  if (order === 'shelf') return list
  return list.toSorted((one, other) =>
    order === 'price' ? one.cents - other.cents : one.name.localeCompare(other.name, 'en'),
  )
}
