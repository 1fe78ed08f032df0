import type { PageConfig, StandardSchema } from '@evenkeel/server/page'

/** Without an example of its own, so that the first visit makes one. */
export const config: PageConfig = { warm: [] }

export const props: StandardSchema<object> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as object }) },
}

export default function Leaves({ query }: { readonly query: { readonly how?: string } }) {
  if (query.how === 'reject') void Promise.reject(new Error('unhandled'))
  return <p>still here</p>
}
