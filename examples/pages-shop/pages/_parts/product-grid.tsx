import { money } from './money.ts'
import { ProductArt } from './product-art.tsx'
import type { Product } from './products.ts'

export function ProductGrid({ products }: { readonly products: readonly Product[] }) {
  return (
    <ul className="grid">
      {products.map(({ id, name, line, cents, motif, stock }) => (
        <li key={id}>
          <a className="card" href={`/products/${id}`}>
            <ProductArt motif={motif} name={name} />
            <span className="card-text">
              <strong>{name}</strong>
              <span className="soft">{line}</span>
              <span className="card-foot">
                <b>{money(cents)}</b>
                {stock === 0 && <span className="badge">Back in spring</span>}
              </span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}
