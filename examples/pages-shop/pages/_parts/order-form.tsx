import { useState } from 'react'
import { money } from './money.ts'
import type { Product } from './products.ts'

export interface OrderProblems {
  readonly email?: string
  readonly count?: string
  /** What was sent, to be put right. */
  readonly given?: { readonly email: string; readonly count: string }
}

interface OrderFormProps {
  readonly product: Product
  readonly problems: OrderProblems | undefined
}

/** A form that works without JavaScript; with it, the sum follows the number. */
export function OrderForm({ product, problems }: OrderFormProps) {
  const [count, setCount] = useState(problems?.given?.count ?? '1')
  const sum = Number(count) * product.cents
  return (
    <form className="order" method="post" noValidate>
      <label>
        How many
        <input
          name="count"
          type="number"
          min={1}
          max={product.stock}
          value={count}
          aria-invalid={problems?.count !== undefined}
          onChange={(event) => setCount(event.target.value)}
        />
        {problems?.count !== undefined && <span className="problem">{problems.count}</span>}
      </label>
      <label>
        Your e-mail address
        <input
          name="email"
          type="email"
          autoComplete="email"
          defaultValue={problems?.given?.email}
          aria-invalid={problems?.email !== undefined}
        />
        {problems?.email !== undefined && <span className="problem">{problems.email}</span>}
      </label>
      <button type="submit">{Number.isFinite(sum) && sum > 0 ? `Reserve for ${money(sum)}` : 'Reserve'}</button>
      <p className="soft">{`${product.stock} in stock`}</p>
    </form>
  )
}
