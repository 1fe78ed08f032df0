import type { InvocationPort } from '../contract/engine.ts'

const never: AbortSignal = new AbortController().signal

/** For runs that nobody asked for, such as those that warm a host. */
export const silentPort: InvocationPort = {
  started: () => undefined,
  log: () => undefined,
  logsTruncated: () => undefined,
  parked: () => undefined,
  resumed: () => undefined,
  hung: () => undefined,
  call: () => Promise.reject(new Error('no calls while warming')),
  signal: never,
  draining: never,
  streams: undefined,
}
