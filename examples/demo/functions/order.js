// A webhook: checks an order and answers with a status of its own.
if (input.method !== 'POST') return { status: 405, headers: { allow: 'POST' }, body: 'Send an order with POST\n' }
const { customer, lines = [] } = input.body ?? {}
const problems = [
  ...(typeof customer === 'string' && customer !== '' ? [] : ['customer is missing']),
  ...(lines.length > 0 ? [] : ['lines are missing']),
  ...lines.flatMap(({ sku, count }, index) => (sku && count > 0 ? [] : [`line ${index + 1} needs a sku and a count`])),
]
if (problems.length > 0) return { status: 422, body: { problems } }
console.info(`order of ${customer} with ${lines.length} lines`)
return { status: 201, body: { customer, pieces: lines.reduce((sum, { count }) => sum + count, 0) } }
