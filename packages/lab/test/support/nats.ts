import { connect } from 'node:net'
import { once } from 'node:events'

export const natsUrl: string = process.env['EVENKEEL_TEST_NATS_URL'] ?? 'nats://127.0.0.1:4222'

/** Why tests with NATS cannot run, or false. With `CI=true` an absent server fails the tests instead. */
export async function natsSkip(): Promise<string | false> {
  if (process.env['CI'] === 'true') return false
  const { hostname, port } = new URL(natsUrl)
  const socket = connect({ host: hostname, port: Number(port === '' ? 4222 : port) })
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return `no NATS server at ${natsUrl} (set EVENKEEL_TEST_NATS_URL)`
  } finally {
    socket.destroy()
  }
}
