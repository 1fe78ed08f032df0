import { flushCompileCache } from 'node:module'
import { documentEnd, documentStart } from './document.host.ts'
import { errorAnswer } from './fault.host.ts'
import { collectTree, streamTree } from './later.host.ts'
import type { RenderContext } from './render-context.host.ts'
import { loadPage } from './load.host.ts'
import type { LoadAnswer, LoadInput, ProgramOptions, RenderHead, RenderInput, RouteMeta } from './messages.ts'
import { prepare, type Prepared, type PreparedPage, type ProgramParts, type ProgramRoute } from './prepare.host.ts'
import { loadRoutes, routeKinds } from './router.host.ts'

/** What the server bundle exports: the functions that page hosts run. */
export interface PagesProgram {
  describe(): readonly RouteMeta[]
  load(input: LoadInput, context: RenderContext): Promise<LoadAnswer>
  /** At once, or `suspended` when the page waits for something. */
  render(input: RenderInput, context: RenderContext): Promise<Uint8Array>
  /** Waits for what is behind `Suspense`, until the deadline. */
  renderLater(input: RenderInput, context: RenderContext): Promise<Uint8Array>
  stream(input: RenderInput, context: RenderContext): Promise<RenderHead | undefined>
  warm(context: { readonly options: unknown }): Promise<void>
}

export function createPagesProgram(parts: ProgramParts): PagesProgram {
  const routes = new Map(parts.routes.map((route) => [route.id, route]))
  const prepared = (input: RenderInput, context: RenderContext): Promise<Prepared> => {
    const route = routes.get(input.route)
    if (route === undefined) throw new Error(`there is no route ${input.route}`)
    return prepare(parts, route, input, context)
  }
  const program: PagesProgram = {
    describe: () => parts.routes.map(describeRoute),
    load: (input, { signal }) => {
      const page = routes.get(input.route)?.page ?? {}
      return page.routes === undefined ? loadPage(page, input, signal) : loadRoutes(parts, page.routes, input, signal)
    },
    render: (input, context) => guarded(async () => renderNow(parts, await prepared(input, context))),
    renderLater: (input, context) =>
      guarded(async () => {
        const ready = await prepared(input, context)
        if (ready.status === 'none') return encode(ready.head)
        const result = await collectTree(parts.server, ready.tree, context.signal)
        return result.kind === 'page' ? encodePage(ready, result.html) : encode(result)
      }),
    stream: async (input, context) => {
      const ready = await prepared(input, context)
      if (ready.status === 'none') return ready.head
      const head: RenderHead = { kind: 'page', status: ready.document.place.status }
      return streamTree(parts, ready, { ...context, head })
    },
    warm: ({ options }) => warm(program, options as ProgramOptions),
  }
  return program
}

function describeRoute({ id, page }: ProgramRoute): RouteMeta {
  const { hasLoaders, hasActions, isLazy } = routeKinds(page.routes ?? [])
  return {
    id,
    hasLoad: typeof page.load === 'function' || (hasLoaders && !isLazy),
    hasAction: typeof page.action === 'function' || hasActions || isLazy,
    hasSchema: page.props !== undefined,
    isRouter: page.routes !== undefined,
    waits: isLazy,
    config: page.config ?? {},
  }
}

/** What React leaves where a boundary did not get its content in one go; and the part of it that begins with a rare character, to find it by. */
const unfinished = '<!--$!-->'
const unfinishedPart = '$!-->'

function renderNow({ server }: ProgramParts, ready: Prepared): Uint8Array {
  if (ready.status === 'none') return encode(ready.head)
  if (ready.tree === null) return encodePage(ready, '')
  let html: string
  try {
    html = server.renderToString(ready.tree)
  } catch (error) {
    if (isSuspension(error)) return encode({ kind: 'suspended' })
    throw error
  }
  const output = pageText(ready, html)
  // Nothing around the tree has it, and one text is searched sooner than its parts are joined twice.
  const isUnfinished = output.includes(unfinishedPart) && html.includes(unfinished)
  return isUnfinished ? encode({ kind: 'suspended' }) : Buffer.from(output)
}

/** React's error 426: something waits and no boundary is around it (https://react.dev/errors/426). */
function isSuspension(error: unknown): boolean {
  return error instanceof Error && /#426\b|suspended while responding to synchronous input/.test(error.message)
}

function encodePage(page: PreparedPage, html: string): Uint8Array {
  return Buffer.from(pageText(page, html))
}

function pageText({ document }: PreparedPage, html: string): string {
  const head: RenderHead = { kind: 'page', status: document.place.status }
  return headLine(head) + documentStart(document, false) + html + documentEnd(document, false)
}

function encode(head: RenderHead): Uint8Array {
  return Buffer.from(headLine(head))
}

function headLine(head: RenderHead): string {
  return `${JSON.stringify(head)}\n`
}

async function guarded(render: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await render()
  } catch (error) {
    return encode(errorAnswer(error))
  }
}

/** Rounds over all examples at most, and how much processor time and time warming may take, in milliseconds. */
const warmRounds = 150
const warmCpuMs = 1_500
const warmMs = 5_000

/** Renders the examples until the code is hot. What throws is left to the request that asks for it. */
async function warm(program: PagesProgram, options: ProgramOptions): Promise<void> {
  const context = { options, signal: new AbortController().signal, respond: (): never => refuseStream() }
  const untilMs = performance.now() + warmMs
  const before = process.cpuUsage()
  // On a busy machine time passes without rendering: what counts is how much was rendered.
  const isOver = (): boolean => performance.now() > untilMs || cpuMsSince(before) > warmCpuMs
  for (let round = 0; round < warmRounds && !isOver(); round += 1)
    for (const input of options.warm) await program.render(input, context)
  flushCompileCache()
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

function refuseStream(): never {
  throw new Error('there is nobody to stream to while a host warms up')
}
