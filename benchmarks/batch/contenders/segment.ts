import { Analytics } from '@segment/analytics-node'
import type { Contender, Setup } from './contender.ts'

export function segment({ url, tuning }: Setup): Contender {
  const queue = tuning === 'tuned' ? { maxEventsInBatch: 1000, flushInterval: 1000 } : {}
  const analytics = new Analytics({ writeKey: 'bench', host: new URL(url).origin, path: '/v1/batch', ...queue })
  return {
    add: ({ user, type, ...properties }) => analytics.track({ userId: user, event: type, properties }),
    close: () => analytics.closeAndFlush({ timeout: 60_000 }),
  }
}
