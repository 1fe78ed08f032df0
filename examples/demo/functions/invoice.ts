interface Item {
  readonly cents: number
  readonly quantity?: number
  readonly taxPercent?: number
}

interface Invoice {
  readonly netCents: number
  readonly taxes: readonly { readonly percent: number; readonly cents: number }[]
  readonly totalCents: number
}

/** The total of an invoice in cents, with tax by rate, rounded once for each rate. */
export default function ({ items }: { readonly items: readonly Item[] }): Invoice {
  const net = new Map<number, number>()
  for (const { cents, quantity = 1, taxPercent = 19 } of items) {
    net.set(taxPercent, (net.get(taxPercent) ?? 0) + cents * quantity)
  }
  const taxes = [...net].map(([percent, cents]) => ({ percent, cents: Math.round((cents * percent) / 100) }))
  const netCents = [...net.values()].reduce((sum, cents) => sum + cents, 0)
  return { netCents, taxes, totalCents: taxes.reduce((sum, { cents }) => sum + cents, netCents) }
}
