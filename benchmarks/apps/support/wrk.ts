import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface Load {
  /** Such as `GET /a`; they take turns. */
  readonly routes: readonly string[]
  readonly connections: number
  readonly seconds: number
  /** Between two requests of one connection, in milliseconds. Default 0. */
  readonly pauseMs?: number
}

export interface Measured {
  readonly requests: number
  readonly perSecond: number
  /** In milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  /** Answers whose status is 400 or above. */
  readonly failed: number
  /** Connections that broke. */
  readonly broken: number
}

const script = fileURLToPath(new URL('../wrk/load.lua', import.meta.url))

/** Loads a server with `wrk`, which has to be installed. */
export async function wrk(url: string, { routes, connections, seconds, pauseMs = 0 }: Load): Promise<Measured> {
  const own = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '10s', '-s', script, url]
  const { stdout } = await promisify(execFile)('wrk', [...own, '--', routes.join(','), String(pauseMs)])
  const line = stdout.split('\n').find((each) => each.startsWith('{')) ?? '{}'
  const said = JSON.parse(line) as Measured & { readonly seconds: number; readonly statuses: number }
  const { requests, p50, p99, p999, max, statuses: failed, broken } = said
  return { requests, perSecond: requests / said.seconds, p50, p99, p999, max, failed, broken }
}
