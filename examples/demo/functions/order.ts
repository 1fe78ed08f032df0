interface Line {
  readonly sku?: string
  readonly count?: number
}

interface Webhook {
  readonly method: string
  readonly body?: { readonly customer?: unknown; readonly lines?: readonly Line[] }
}

/** A webhook: checks an order and answers with a status of its own. */
export default function ({ method, body }: Webhook): object {
  if (method !== 'POST') return { status: 405, headers: { allow: 'POST' }, body: 'Send an order with POST\n' }
  const { customer, lines = [] } = body ?? {}
  const isNamed = typeof customer === 'string' && customer !== ''
  const problems = lines.flatMap(({ sku = '', count = 0 }, index) =>
    sku !== '' && count > 0 ? [] : [`line ${index + 1} needs a sku and a count`],
  )
  if (lines.length === 0) problems.unshift('lines are missing')
  if (!isNamed) problems.unshift('customer is missing')
  if (problems.length > 0) return { status: 422, body: { problems } }
  console.info(`order of ${String(customer)} with ${lines.length} lines`)
  return { status: 201, body: { customer, pieces: lines.reduce((sum, { count = 0 }) => sum + count, 0) } }
}
