import { respond, type Load, type PageConfig } from '@evenkeel/server/page'

export const config: PageConfig = { cache: { ttlMs: 60_000, vary: { query: ['name', 'value'] } } }

export const load: Load = ({ query }) => respond({}, { headers: { [String(query['name'])]: String(query['value']) } })

export default function Headers() {
  return <p>with a header of its own</p>
}
