import { connect } from 'node:net'

/** Why a service cannot be used here, or nothing. In CI its absence is a failure. */
export async function whyUnavailable(url: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url)
  const reachable = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
  if (reachable) return undefined
  const reason = `nothing answers at ${url}`
  if (process.env['CI'] === 'true') throw new Error(reason)
  return reason
}

export const redisUrl: string = process.env['EVENKEEL_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379'
export const natsUrl: string = process.env['EVENKEEL_TEST_NATS_URL'] ?? 'nats://127.0.0.1:4222'
