import { createPool, type Pool } from '@evenkeel/pool'
import { bundleModules, isolateEngine, type AddedModules } from '@evenkeel/engine-isolate'
import { Registry } from 'prom-client'
import { addPlayground, playgroundPaths } from '../admin/playground.ts'
import { addAdminRoutes } from '../admin/routes.ts'
import type { Outgoing } from '../blocks/block-service.ts'
import { Blocks } from '../blocks/blocks.ts'
import {
  resolveServerOptions,
  type BlockLimits,
  type ResolvedBlocksOptions,
  type ResolvedServerOptions,
  type ServerOptions,
} from '../config/options.ts'
import { Egress } from '../egress/egress.ts'
import { narrowEgressPolicy, resolveEgressPolicy, type ResolvedEgressPolicy } from '../egress/egress-policy.ts'
import { ServerError } from '../errors/server-error.ts'
import { createListener, listen, type App } from '../http/listener.ts'
import { addOpenApi } from '../http/openapi.ts'
import { openSqliteStorage } from '../storage/sqlite/sqlite-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { addTokenRoutes } from '../tokens/admin-routes.ts'
import { Admission } from '../tokens/admission.ts'
import type { AppSite } from '../apps/routed/app-site.ts'
import { addAppsAdminRoutes, openAppsPart } from './apps-part.ts'
import { checkModules } from './check-modules.ts'
import { PublicFront } from './public-front.ts'
import { openPagesPart, pagePoolNames, type PagesPart } from './pages-part.ts'
import { addAuthentication, Authenticator } from '../tokens/authenticate.ts'
import { refusePublicAddresses } from '../tokens/public-address.ts'
import { TokenDirectory } from '../tokens/token-directory.ts'
import { TokenService } from '../tokens/token-service.ts'
import { addHttpMetrics } from '../telemetry/http-metrics.ts'
import { PoolMetrics } from '../telemetry/pool-metrics.ts'
import { ProcessMetrics } from '../telemetry/process-metrics.ts'

/** A server that answers. Dispose of it to stop. */
export interface RunningServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string
  readonly adminUrl: string
  /** Stops taking requests, lets the running ones end within the drain time, then ends every process. Idempotent. */
  close(): Promise<void>
}

/** Room for JSON's escapes and the other fields of a request. */
const bodyOverheadBytes = 64 * 1024

/** Opens the store, starts the pool and both listeners, and resolves once requests are answered. Throws `ServerError` or `PoolError`. */
export async function serve(options: ServerOptions = {}): Promise<RunningServer> {
  const resolved = resolveServerOptions(options)
  const { dataDir, maxStorageBytes: maxBytes } = resolved
  const opened = { ...(dataDir === undefined ? {} : { dataDir }), ...(maxBytes === undefined ? {} : { maxBytes }) }
  // Closed in this order when the start fails, and in `closeAll` when it does not.
  await using stack = new AsyncDisposableStack()
  const storage = stack.use(await openSqliteStorage(opened))
  await refusePublicAddresses(resolved, storage.tokens)
  const admission = stack.use(new Admission(storage))
  const egress = new Egress()
  stack.defer(() => egress.close())
  const added = await addModules(resolved.blocks)
  if (added !== undefined) stack.use(added)
  const engine = isolateEngine(added === undefined ? {} : { moduleFolders: [added.folder] })
  const { limits, maxLimits, pool: poolOptions } = resolved.blocks
  const maxMemoryMb = Math.max(limits.memoryMb, maxLimits.memoryMb)
  const pool = await createPool({ name: 'blocks', engine, maxMemoryMb, ...poolOptions })
  stack.defer(() => pool.close({ deadlineMs: 0 }))
  await checkModules(pool, resolved.blocks.modules, maxMemoryMb)
  const directory = new TokenDirectory(storage.tokens)
  const authenticator = new Authenticator({ directory, anonymous: resolved.anonymous })
  const authenticate = authenticator.callerOf.bind(authenticator)
  const outgoing = outgoingBy(egress, resolveEgressPolicy(resolved.blocks.egress))
  const { freshness } = engine
  const services = { pool, outgoing, storage, admission, directory, authenticate }
  const blocks = stack.use(new Blocks({ ...services, options: resolved, freshness }))
  const registry = new Registry()
  const pagePools = (): readonly Pool[] => pages?.pools() ?? []
  const metrics = stack.use(serverMetrics(pool, pagePools, registry))
  const apps = stack.use(await openAppsPart(resolved))
  const front = new PublicFront(apps)
  const publicApp = stack.adopt(await publicListener(resolved, { authenticator, registry, front }), closeApp)
  await blocks.addRoutes(publicApp)
  const adminApp = stack.adopt(await adminListener(resolved, directory), closeApp)
  addAdminRoutes(adminApp, {
    pool,
    morePools: pagePools,
    registry,
    details: () => ({
      storage: storage.health(),
      history: blocks.historyState(),
      ...apps?.readiness(),
      pages: pages?.state(),
    }),
    othersReady: () => (pages?.state().ready ?? true) && apps?.crashing !== true,
    moreMetrics: async () => (await apps?.metrics()) ?? '',
  })
  if (apps !== undefined) addAppsAdminRoutes(adminApp, apps)
  const changed = (): void => directory.clear()
  addTokenRoutes(adminApp, new TokenService({ storage, admission, changed }))
  await blocks.addAdminRoutes(adminApp, maxBodyBytes(resolved.blocks.maxLimits))
  addPlayground(adminApp)
  const pages = stack.use(await openPagesPart(resolved, { publicApp, adminApp, admission, front }))
  await blocks.start()
  const parts = { resolved, publicApp, adminApp, pool, metrics, blocks, admission, storage, egress, added, pages, apps }
  const running = await start(parts)
  stack.move()
  return running
}

function serverMetrics(pool: Pool, pagePools: () => readonly Pool[], registry: Registry): DisposableStack {
  const metrics = new DisposableStack()
  const names = new Set([pool.name, ...pagePoolNames])
  metrics.use(new PoolMetrics({ names, now: () => [pool, ...pagePools()] }, registry))
  metrics.use(new ProcessMetrics(registry))
  return metrics
}

async function publicListener(
  { blocks, trustedProxies }: ResolvedServerOptions,
  { authenticator, registry, front }: { authenticator: Authenticator; registry: Registry; front: PublicFront },
): Promise<App> {
  const app = createListener({ maxBodyBytes: maxBodyBytes(blocks.maxLimits), trustedProxies, front })
  // Before whatever may refuse a request, so that refusals are counted too.
  front.observe = addHttpMetrics(app, registry)
  await addOpenApi(app, { title: 'Evenkeel', version: '1', path: '/v1/openapi.json' })
  addAuthentication(app, authenticator)
  return app
}

/** The admin listener serves programs on this machine, and others only with a token. */
async function adminListener({ trustedProxies }: ResolvedServerOptions, directory: TokenDirectory): Promise<App> {
  const app = createListener({ maxBodyBytes: bodyOverheadBytes, trustedProxies })
  await addOpenApi(app, { title: 'Evenkeel administration', version: '1', path: '/admin/openapi.json' })
  const rules = { defaultScope: 'admin', open: ['/live', '/ready', ...playgroundPaths] } as const
  addAuthentication(app, new Authenticator({ directory, anonymous: 'loopback' }), rules)
  return app
}

async function closeApp(app: App): Promise<void> {
  await app.close()
}

/** Requests of blocks under the server's policy, narrowed by those of a token and of a function where they have one. */
function outgoingBy(egress: Egress, policy: ResolvedEgressPolicy): Outgoing {
  return (hostLists) =>
    egress.open(hostLists.reduce((narrowed, hosts) => narrowEgressPolicy(narrowed, { hosts }), policy))
}

/** The packages that the operator adds to what blocks may load. Throws `EK_CONFIG_INVALID` that names one that cannot be. */
async function addModules({ modules, moduleRoot }: ResolvedBlocksOptions): Promise<AddedModules | undefined> {
  if (modules.length === 0) return undefined
  try {
    return await bundleModules({ names: modules, root: moduleRoot })
  } catch (error) {
    throw new ServerError('EK_CONFIG_INVALID', `the option "blocks.modules": ${(error as Error).message}`, {
      cause: error,
    })
  }
}

interface Parts {
  readonly resolved: ResolvedServerOptions
  readonly publicApp: App
  readonly adminApp: App
  readonly pool: Pool
  readonly blocks: Blocks
  readonly admission: Admission
  readonly storage: Storage
  readonly metrics: Disposable
  readonly egress: Egress
  readonly added: AddedModules | undefined
  readonly pages: PagesPart | undefined
  readonly apps: AppSite | undefined
}

async function start(parts: Parts): Promise<RunningServer> {
  const { resolved, publicApp, adminApp, egress } = parts
  const adminUrl = await listen(adminApp, resolved.adminHost, resolved.adminPort)
  const url = await listen(publicApp, resolved.host, resolved.port)
  egress.refusePorts([adminUrl, url].map((each) => Number(new URL(each).port)))
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= closeAll(parts))
  return { url, adminUrl, close, [Symbol.asyncDispose]: close }
}

/** For the last bytes of answers to leave, in milliseconds. */
const lastBytesMs = 1_000

/** The public listener first, so that readiness can still be asked for while running work ends; what is kept last. */
async function closeAll(parts: Parts): Promise<void> {
  const { resolved, publicApp, adminApp, pool, metrics, blocks, admission, storage, egress, added, pages, apps } = parts
  blocks.stop()
  const listenerClosed = publicApp.close()
  const { drainMs } = resolved
  const pagesClosed = pages && closePages(pages, listenerClosed, drainMs)
  await Promise.all([pool.close({ deadlineMs: drainMs }), pagesClosed, apps?.close(drainMs)])
  await egress.close()
  // Every run is answered by now; who still reads slowly has had the drain time.
  const impatience = setTimeout(() => publicApp.server.closeAllConnections(), lastBytesMs)
  await listenerClosed
  clearTimeout(impatience)
  await adminApp.close()
  await blocks[Symbol.asyncDispose]()
  await admission[Symbol.asyncDispose]()
  await storage.close()
  metrics[Symbol.dispose]()
  added?.[Symbol.dispose]()
}

/** Connections that are open may carry one request more, which is answered before they end: visitors see no gap. */
async function closePages(pages: PagesPart, listenerClosed: Promise<unknown>, drainMs: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, drainMs)
  await Promise.race([listenerClosed, late.promise])
  clearTimeout(timer)
  await pages.close(lastBytesMs)
}

/** A byte of text is at most six of JSON (`\u0000`); senders escape far less, so three is generous for code and input together. */
function maxBodyBytes({ codeBytes, inputBytes }: BlockLimits): number {
  return (codeBytes + inputBytes) * 3 + bodyOverheadBytes
}
