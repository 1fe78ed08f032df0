import { connect } from 'node:net'

/** Why a service cannot be used here, or nothing. In CI its absence is a failure. */
export async function whyUnavailable(url: string, standardPort: number): Promise<string | undefined> {
  const { hostname, port } = new URL(url)
  const reachable = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: hostname, port: Number(port === '' ? standardPort : port) })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
  if (reachable) return undefined
  const reason = `nothing answers at ${hostname}:${port === '' ? standardPort : port}`
  if (process.env['CI'] === 'true') throw new Error(reason)
  return reason
}

const environment = process.env

export const redisUrl: string =
  environment['EVENKEEL_TEST_REDIS_URL'] ?? environment['REDIS_URL'] ?? 'redis://127.0.0.1:6379'

const {
  PGHOST = '127.0.0.1',
  PGPORT = '5432',
  PGUSER = 'postgres',
  PGPASSWORD = '',
  PGDATABASE = 'postgres',
} = environment
const user = PGPASSWORD === '' ? PGUSER : `${PGUSER}:${encodeURIComponent(PGPASSWORD)}`

export const postgresUrl: string =
  environment['EVENKEEL_TEST_POSTGRES_URL'] ?? `postgres://${user}@${PGHOST}:${PGPORT}/${PGDATABASE}`
