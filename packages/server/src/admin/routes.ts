import type { Pool } from '@evenkeel/pool'
import type { Registry } from 'prom-client'
import type { App } from '../http/listener.ts'
import { refuseOtherMethods } from '../http/method-not-allowed.ts'

/** What else readiness tells, beside the pool: parts that may fail without keeping the server from its work. */
type ReadinessDetails = () => Readonly<Record<string, unknown>>

export interface AdminParts {
  readonly pool: Pool
  /** Those of the pages, as they are now. */
  readonly morePools: () => readonly Pool[]
  readonly registry: Registry
  readonly details: ReadinessDetails
  /** Whether what else takes work can. */
  readonly othersReady: () => boolean
  /** Further metrics as text, each family in it once. */
  readonly moreMetrics: () => Promise<string>
}

/**
 * `/live`: the event loop turns. `/ready`: work can be taken. `/metrics`: Prometheus text. `/admin/hosts`, `/admin/slowest`: the pools
 * from inside. `/admin/recycle`: replaces every host without losing work.
 */
export function addAdminRoutes(app: App, parts: AdminParts): void {
  const { pool, morePools, registry, details, othersReady, moreMetrics } = parts
  const pools = (): readonly Pool[] => [pool, ...morePools()]
  app.get('/live', () => ({ status: 'live' }))
  app.get('/ready', (_request, reply) => {
    const { ready: poolReady, hostList: _hostList, ...stats } = pool.stats()
    const ready = poolReady && othersReady()
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', pool: stats, ...details() })
  })
  app.get('/metrics', async (_request, reply) => {
    const texts = await Promise.all([registry.metrics(), moreMetrics()])
    return reply.type(registry.contentType).send(texts.join(''))
  })
  app.get('/admin/hosts', () => ({ hosts: pools().flatMap(hostsOf) }))
  app.get('/admin/slowest', () => ({ slowest: slowestOf(pools()) }))
  app.post('/admin/recycle', async () => {
    const all = pools()
    for (const each of all) await each.recycleAll()
    return { status: 'recycled', hosts: all.reduce((sum, each) => sum + each.stats().hosts, 0) }
  })
  for (const path of ['/live', '/ready', '/metrics', '/admin/hosts', '/admin/slowest'])
    refuseOtherMethods(app, path, ['GET'])
  refuseOtherMethods(app, '/admin/recycle', ['POST'])
}

function hostsOf(pool: Pool): readonly object[] {
  return pool.stats().hostList.map((host) => ({ poolName: pool.name, ...host }))
}

/** Runs that are listed, of all pools together. */
const listedRuns = 100

function slowestOf(pools: readonly Pool[]): readonly object[] {
  const runs = pools.flatMap((pool) => pool.slowest().map((run) => ({ poolName: pool.name, ...run })))
  return runs.toSorted((first, second) => second.totalMs - first.totalMs).slice(0, listedRuns)
}
