import { PostHog } from 'posthog-node'
import type { Contender, Setup } from './contender.ts'

export function posthog({ url, tuning, gzip }: Setup): Contender {
  const queue =
    tuning === 'tuned' ? { flushAt: 1000, maxBatchSize: 1000, maxQueueSize: 2_000_000, flushInterval: 1000 } : {}
  const client = new PostHog('phc_bench', { host: new URL(url).origin, disableCompression: !gzip, ...queue })
  return {
    add: ({ user, type, ...properties }) => client.capture({ distinctId: user, event: type, properties }),
    close: () => client.shutdown(60_000),
  }
}
