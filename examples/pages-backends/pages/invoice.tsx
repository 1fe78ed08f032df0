import * as v from 'valibot'
import type { Head } from '@evenkeel/server/page'

export const props = v.object({
  number: v.pipe(v.number(), v.integer()),
  customer: v.string(),
  lines: v.array(v.object({ text: v.string(), cents: v.pipe(v.number(), v.integer()) })),
})

type Invoice = v.InferOutput<typeof props>

export const head: Head = { title: 'Invoice' }

const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })

export default function InvoicePage({ number, customer, lines }: Invoice) {
  const total = lines.reduce((sum, { cents }) => sum + cents, 0)
  return (
    <main>
      <h1>{`Invoice ${number} for ${customer}`}</h1>
      <ul>
        {lines.map(({ text, cents }) => (
          <li key={text}>{`${text}: ${money.format(cents / 100)}`}</li>
        ))}
      </ul>
      <p>{`Total ${money.format(total / 100)}`}</p>
    </main>
  )
}
