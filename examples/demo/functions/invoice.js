// The total of an invoice in cents, with tax by rate, rounded once for each rate.
const net = new Map()
for (const { cents, quantity = 1, taxPercent = 19 } of input.items) {
  net.set(taxPercent, (net.get(taxPercent) ?? 0) + cents * quantity)
}
const taxes = [...net].map(([percent, cents]) => ({ percent, cents: Math.round((cents * percent) / 100) }))
const netCents = [...net.values()].reduce((sum, cents) => sum + cents, 0)
return { netCents, taxes, totalCents: taxes.reduce((sum, { cents }) => sum + cents, netCents) }
