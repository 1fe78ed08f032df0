/** The program of every app host: loads one app and serves it. Its exports are what the gateway calls. */
import { packMessage, unpackMessage, type ControlNews, type ControlOrder } from '../control-messages.ts'
import type { AppFacts, AppHostOptions } from './app-host-options.ts'
import { DirectServer } from './direct-server.host.ts'
import { loadApp, type LoadedApp } from './load-app.host.ts'
import { loadedFiles } from './module-hooks.host.ts'
import type { AnswerWriter, ProgramContext } from './program-context.ts'
import { runScheduled } from './run-scheduled.host.ts'

let loaded: LoadedApp | undefined

/** Before the host takes work. What it throws keeps the host from becoming ready. */
export async function warm({ options }: Pick<ProgramContext, 'options'>): Promise<void> {
  loaded = await loadApp(options as AppHostOptions)
}

/** Accepts connections until the host is to end. The streams carry control messages. */
export async function serve(_input: unknown, context: ProgramContext): Promise<void> {
  const app = theApp()
  await using _bindings = app.bindings
  const link: { writer?: AnswerWriter } = {}
  const tell = (news: ControlNews): void => void link.writer?.write(JSON.stringify(news)).catch(() => undefined)
  await using server = new DirectServer(app, context.options as AppHostOptions, (topic, message) =>
    tell({ type: 'publish', topic, ...packMessage(message) }),
  )
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

function theApp(): LoadedApp {
  if (loaded === undefined) throw new Error('the app was not loaded')
  return loaded
}

function factsOf({ kind, hooks, crons }: LoadedApp, socket: string | undefined): AppFacts {
  const hasSockets = hooks.websocket !== undefined
  const own = socket === undefined ? {} : { socket }
  return { pid: process.pid, ...own, kind: kind.kind, hasSockets, crons, files: [...loadedFiles] }
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
  if (order.type === 'publish') server.topics.deliver(order.topic, unpackMessage(order))
  else if (order.type === 'counts') tell({ type: 'counts', id: order.id, counts: server.meter.read() })
  else if (order.type === 'tls') server.renewTls(order.tls)
  else void runScheduled(app, order, server.background).then((end) => tell({ type: 'scheduled', id: order.id, ...end }))
}

function aborted(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    AbortSignal.any([...signals]).addEventListener('abort', () => resolve(), { once: true })
    if (signals.some((signal) => signal.aborted)) resolve()
  })
}
