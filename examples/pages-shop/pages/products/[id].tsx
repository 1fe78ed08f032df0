import { notFound, redirect, type Action, type HeadOf, type Load, type PageConfig } from '@evenkeel/server/page'
import { OrderForm, type OrderProblems } from '../_parts/order-form.tsx'
import { money } from '../_parts/money.ts'
import { PriceChart } from '../_parts/price-chart.tsx'
import { ProductArt } from '../_parts/product-art.tsx'
import { pricesOf, productById, type PricePoint, type Product } from '../_parts/products.ts'

interface ProductProps {
  readonly product: Product
  readonly prices: readonly PricePoint[]
  readonly action?: OrderProblems
}

export const config: PageConfig = {
  cache: { ttlMs: 60_000, staleWhileRevalidateMs: 600_000, tags: ['products', 'product-:id'] },
  onFailure: 'shell',
  warm: [{ params: { id: 'kittiwake-compass' }, props: exampleProps() }],
}

export const head: HeadOf<ProductProps> = ({ props }) => ({
  title: `${props.product.name} · Fathom`,
  meta: { description: props.product.line, 'og:title': props.product.name },
})

export const load: Load<ProductProps> = ({ params }) => {
  const product = productById(String(params['id']))
  return product === undefined ? notFound() : { product, prices: pricesOf(product) }
}

/** Whoever has no JavaScript gets the same words from here as from the form itself. */
export const action: Action = ({ form, params }) => {
  const product = productById(String(params['id']))
  if (product === undefined) return notFound()
  const email = textOf(form, 'email')
  const wanted = textOf(form, 'count')
  const count = Number(wanted)
  const problems: OrderProblems = {
    ...(/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? {} : { email: 'We need an address that we can write to.' }),
    ...(Number.isInteger(count) && count >= 1 && count <= product.stock
      ? {}
      : { count: `From 1 to ${product.stock}.` }),
  }
  if (Object.keys(problems).length > 0) return { ...problems, given: { email, count: wanted } }
  return redirect(`/thanks?of=${encodeURIComponent(product.name)}&count=${count}`, 303)
}

export default function ProductPage({ product, prices, action: problems }: ProductProps) {
  return (
    <article className="product">
      <a className="back soft" href="/">
        ← All things
      </a>
      <ProductArt motif={product.motif} name={product.name} />
      <div className="product-text">
        <h1>{product.name}</h1>
        <p className="lead">{product.line}</p>
        <p>{product.story}</p>
        <dl>
          {product.facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <p className="price">{money(product.cents)}</p>
        {product.stock === 0 ? (
          <p className="badge">Sold out. Back in spring.</p>
        ) : (
          <OrderForm product={product} problems={problems} />
        )}
      </div>
      <PriceChart points={prices} />
    </article>
  )
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

function exampleProps(): ProductProps | undefined {
  const product = productById('kittiwake-compass')
  return product && { product, prices: pricesOf(product) }
}
