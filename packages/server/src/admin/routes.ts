import type { Pool } from '@evenkeel/pool'
import type { Registry } from 'prom-client'
import type { App } from '../http/listener.ts'
import { refuseOtherMethods } from '../http/method-not-allowed.ts'

/** What else readiness tells, beside the pool: parts that may fail without keeping the server from its work. */
type ReadinessDetails = () => Readonly<Record<string, unknown>>

export interface AdminParts {
  readonly pool: Pool
  readonly registry: Registry
  readonly details: ReadinessDetails
  /** Whether what else takes work can. */
  readonly othersReady: () => boolean
  /** Further metrics as text, each family in it once. */
  readonly moreMetrics: () => Promise<string>
}

/**
 * `/live`: the event loop turns. `/ready`: work can be taken. `/metrics`: Prometheus text. `/admin/hosts`, `/admin/slowest`: the pool
 * from inside. `/admin/recycle`: replaces every host without losing work.
 */
export function addAdminRoutes(app: App, { pool, registry, details, othersReady, moreMetrics }: AdminParts): void {
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
  app.get('/admin/hosts', () => ({ hosts: pool.stats().hostList }))
  app.get('/admin/slowest', () => ({ slowest: pool.slowest() }))
  app.post('/admin/recycle', async () => {
    await pool.recycleAll()
    return { status: 'recycled', hosts: pool.stats().hosts }
  })
  for (const path of ['/live', '/ready', '/metrics', '/admin/hosts', '/admin/slowest'])
    refuseOtherMethods(app, path, ['GET'])
  refuseOtherMethods(app, '/admin/recycle', ['POST'])
}
