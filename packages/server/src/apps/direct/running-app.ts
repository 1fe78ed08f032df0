import { watchFile, unwatchFile } from 'node:fs'
import { relative } from 'node:path'
import { startAppAdmin, type AdminRoutes, type AppAdmin } from './app-admin.ts'
import type { ResolvedRunAppOptions } from './app-options.ts'
import { DirectApp, type AppPlace, type AppPools, type AppState, type ReloadOutcome } from './direct-app.ts'
import { bindSocket, type ListenSocket } from './listen-socket.ts'

/** An app that answers. Dispose of it to stop. */
export interface RunningApp extends AsyncDisposable {
  /** Such as `http://127.0.0.1:3000`, or `http+unix:/run/app.sock`. */
  readonly url: string
  readonly adminUrl: string | undefined
  readonly state: AppState
  /** Process ids of the runtimes that serve. */
  pids(): readonly number[]
  /** Loads the app anew; the version before serves until the new one does, and goes on when that fails. Never rejects. */
  reload(): Promise<ReloadOutcome>
  /**
   * Stops accepting, lets what is under way end within `deadlineMs` (default: the limit `drainMs`), then ends every process. Resolves
   * with the number of requests that were cut off. Idempotent.
   */
  close(deadlineMs?: number): Promise<number>
}

/** What serves, beside the limits and addresses that are the same for everything. */
export interface DirectParts {
  readonly pools: (socket: ListenSocket) => AppPools
  /** A runtime began to serve, or takes no more. */
  readonly changed?: NonNullable<AppPlace['changed']>
  readonly every?: NonNullable<AppPlace['every']>
  /** Of the admin listener. */
  readonly routes?: (app: DirectApp) => AdminRoutes
}

/** Binds, loads the app in every runtime, and resolves once all accept connections. */
export async function startDirectApp(
  options: ResolvedRunAppOptions,
  { pools, routes, ...parts }: DirectParts,
): Promise<RunningApp> {
  await using stack = new AsyncDisposableStack()
  const { host, port, unix, tls } = options
  const socket = stack.use(await bindSocket({ host, port, unix, secure: tls !== undefined }))
  const listen = { kind: 'shared', hasLane: options.slowLane } as const
  const app = new DirectApp(options, { ...parts, listen, pools: pools(socket) })
  stack.defer(() => app.close(0).then(() => undefined))
  const reload = (): Promise<ReloadOutcome> => reloadAndTell(app, options)
  const own = { reload, more: routes?.(app) ?? {} }
  const admin = options.admin === undefined ? undefined : stack.use(await startAppAdmin(options.admin, app, own))
  await app.start()
  if (options.watch) stack.use(await watchApp(app, options, reload))
  if (tls !== undefined) stack.use(watchCertificate(app, options))
  return running({ app, url: socket.url, admin, reload, drainMs: options.limits.drainMs, resources: stack.move() })
}

interface RunningParts {
  readonly app: DirectApp
  readonly url: string
  readonly admin: AppAdmin | undefined
  readonly reload: () => Promise<ReloadOutcome>
  readonly drainMs: number
  readonly resources: AsyncDisposableStack
}

function running({ app, url, admin, reload, drainMs, resources }: RunningParts): RunningApp {
  let closing: Promise<number> | undefined
  const close = (deadlineMs: number = drainMs): Promise<number> => (closing ??= closeAll(app, deadlineMs, resources))
  return {
    url,
    adminUrl: admin?.url,
    get state() {
      return app.state
    },
    pids: () => app.generation?.serving.map(({ facts }) => facts.pid) ?? [],
    reload,
    close,
    [Symbol.asyncDispose]: () => close().then(() => undefined),
  }
}

/** The admin listener goes last, so that readiness can be asked for meanwhile. */
async function closeAll(app: DirectApp, deadlineMs: number, resources: AsyncDisposableStack): Promise<number> {
  const cutOff = await app.close(deadlineMs)
  await resources.disposeAsync()
  return cutOff
}

async function reloadAndTell(app: DirectApp, { log }: ResolvedRunAppOptions): Promise<ReloadOutcome> {
  const outcome = await app.reload()
  if (outcome.status === 'reloaded')
    log({
      source: 'evenkeel',
      level: 'info',
      text: `version ${outcome.generation} serves, after ${Math.round(outcome.tookMs)} ms`,
    })
  else
    log({
      source: 'evenkeel',
      level: 'error',
      text: `version ${outcome.generation} goes on serving: ${outcome.error.message}`,
    })
  return outcome
}

/** One reload at a time; what changes meanwhile is followed by one more. */
async function watchApp(
  app: DirectApp,
  { file, log }: ResolvedRunAppOptions,
  reload: () => Promise<ReloadOutcome>,
): Promise<AsyncDisposable> {
  // In production nothing is watched, nor loaded for it.
  const { AppWatcher } = await import('./app-watcher.ts')
  let state: 'idle' | 'reloading' | 'again' = 'idle'
  const run = async (): Promise<void> => {
    state = 'reloading'
    const { status } = await reload()
    watcher.follow(app.files, status === 'kept')
    const again = (state as string) === 'again'
    state = 'idle'
    if (again) await run()
  }
  const watcher = await AppWatcher.open([file, ...app.files], (path, event) => {
    const what = event === 'unlink' ? 'was removed' : 'changed'
    log({ source: 'evenkeel', level: 'info', text: `${relative(process.cwd(), path)} ${what}` })
    if (state === 'idle') void run()
    else state = 'again'
  })
  return watcher
}

const certificateCheckMs = 2_000

function watchCertificate(app: DirectApp, { tls, log }: ResolvedRunAppOptions): Disposable {
  const files = tls === undefined ? [] : [tls.certFile, tls.keyFile]
  const changed = (): void => {
    try {
      app.renewTls()
      log({ source: 'evenkeel', level: 'info', text: 'new connections get the new certificate' })
    } catch (error) {
      log({ source: 'evenkeel', level: 'error', text: (error as Error).message })
    }
  }
  for (const path of files) watchFile(path, { interval: certificateCheckMs, persistent: false }, changed)
  return { [Symbol.dispose]: () => files.forEach((path) => unwatchFile(path, changed)) }
}
