import { packMessage, unpackMessage, type ControlNews, type ControlOrder } from '../control-messages.ts'
import type { AppFacts, AppHostOptions } from './app-host-options.ts'
import { DirectServer } from './direct-server.host.ts'
import { giveWay } from './give-way.host.ts'
import type { LoadedApp } from './load-app.host.ts'
import { loadedFiles } from './module-hooks.host.ts'
import type { AnswerWriter, ProgramContext } from './program-context.ts'
import { runScheduled } from './run-scheduled.host.ts'

/** What the gateway calls in a host. */
export interface AppProgram {
  /** Before the host takes work. What it throws keeps the host from becoming ready. */
  readonly warm: (context: Pick<ProgramContext, 'options'>) => Promise<void>
  /** Accepts connections until the host is to end. The streams carry control messages. */
  readonly serve: (input: unknown, context: ProgramContext) => Promise<void>
}

/** The program of a host that loads one app, however that is done, and serves it. */
export function appProgram<Options extends AppHostOptions>(load: (options: Options) => Promise<LoadedApp>): AppProgram {
  let loaded: LoadedApp | undefined
  return {
    warm: async ({ options }) => {
      loaded = await load(options as Options)
    },
    serve: (_input, context) => {
      if (loaded === undefined) throw new Error('the app was not loaded')
      return serve(loaded, context)
    },
  }
}

async function serve(app: LoadedApp, context: ProgramContext): Promise<void> {
  await using _bindings = app.bindings
  const link: { writer?: AnswerWriter } = {}
  const tell = (news: ControlNews): void => void link.writer?.write(JSON.stringify(news)).catch(() => undefined)
  const options = context.options as AppHostOptions
  if (options.listen.kind === 'lane') giveWay()
  await using server = new DirectServer(app, options, {
    publish: (topic, message, id) => tell({ type: 'publish', topic, id, ...packMessage(message) }),
    foundLong: (route) => tell({ type: 'long', route }),
    connected: () => tell({ type: 'connected' }),
  })
  await server.listen()
  link.writer = context.respond(factsOf(app, server.socket), { messages: true })
  void follow(context.body, (order) => obey(order, app, server, tell))
  await aborted(context.draining, context.signal)
  tell({ type: 'draining' })
  await server.drain()
  tell({ type: 'counts', id: lastWords, counts: server.meter.read() })
}

/** Counts that nobody asked for: a runtime that leaves says them last. */
const lastWords = 0

function factsOf({ kind, hooks, crons, bodyLimits }: LoadedApp, socket: string | undefined): AppFacts {
  const hasSockets = hooks.websocket !== undefined
  const own = socket === undefined ? {} : { socket }
  return { pid: process.pid, ...own, kind: kind.kind, hasSockets, crons, bodyLimits, files: [...loadedFiles] }
}

/** Reads the gateway's orders until the stream ends with the run. */
async function follow(
  orders: AsyncIterable<string | Uint8Array>,
  obeyed: (order: ControlOrder) => void,
): Promise<void> {
  try {
    for await (const order of orders) obeyed(JSON.parse(String(order)) as ControlOrder)
  } catch {
    // The run is over.
  }
}

function obey(order: ControlOrder, app: LoadedApp, server: DirectServer, tell: (news: ControlNews) => void): void {
  if (order.type === 'publish') server.topics.deliver(order.topic, unpackMessage(order), order.id)
  else if (order.type === 'counts') tell({ type: 'counts', id: order.id, counts: server.meter.read() })
  else if (order.type === 'connections') tell({ type: 'connections', id: order.id, count: server.requestConnections })
  else if (order.type === 'give') server.give(order.connections)
  else if (order.type === 'lane') void useLane(order, server).then(() => tell({ type: 'lane', id: order.id }))
  else if (order.type === 'turn') tell({ type: 'turn', id: order.id })
  else if (order.type === 'tls') server.renewTls(order.tls)
  else if (order.type === 'purge') tell({ type: 'purge', id: order.id, purged: app.purge?.(order) ?? 0 })
  else void runScheduled(app, order, server.background).then((end) => tell({ type: 'scheduled', id: order.id, ...end }))
}

async function useLane(
  { sockets, routes }: Extract<ControlOrder, { type: 'lane' }>,
  { lane }: DirectServer,
): Promise<void> {
  if (routes.length === 0) lane?.forget()
  for (const route of routes) lane?.add(route)
  await lane?.use(sockets)
}

function aborted(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    AbortSignal.any([...signals]).addEventListener('abort', () => resolve(), { once: true })
    if (signals.some((signal) => signal.aborted)) resolve()
  })
}
