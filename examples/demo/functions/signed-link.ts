import { createHmac } from 'node:crypto'

interface Link {
  readonly url: string
  readonly expires: string
}

/** A link that ends at a time and that nobody else can make: the module form, with imports of the allow-list. */
export default function ({
  path,
  key,
  until,
}: {
  readonly path: string
  readonly key: string
  readonly until: number
}): Link {
  const signature = createHmac('sha256', key).update(`${path} ${until}`).digest('base64url')
  const query = new URLSearchParams({ until: String(until), signature })
  return { url: `${path}?${query}`, expires: new Date(until * 1_000).toISOString() }
}
