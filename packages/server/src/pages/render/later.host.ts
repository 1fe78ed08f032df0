import { Writable } from 'node:stream'
import { documentEnd, documentStart } from './document.host.ts'
import { errorAnswer } from './fault.host.ts'
import type { NoPage, RenderHead } from './messages.ts'
import type { PreparedPage, ProgramParts } from './prepare.host.ts'
import type { PipeableStream, PipeOptions, ReactDomServerLike } from './react.host.ts'
import type { RenderContext } from './render-context.host.ts'

type Collected = { readonly kind: 'page'; readonly html: string } | NoPage

/** The whole page once nothing in it waits any more; at the deadline, with the fallbacks of what still does. */
export async function collectTree(server: ReactDomServerLike, tree: unknown, signal: AbortSignal): Promise<Collected> {
  const ended = Promise.withResolvers<Collected>()
  const chunks: Buffer[] = []
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, callback) => {
      chunks.push(Buffer.from(chunk))
      callback()
    },
    final: (callback) => {
      ended.resolve({ kind: 'page', html: Buffer.concat(chunks).toString() })
      callback()
    },
  })
  const stream = pipeable(server, tree, signal, {
    onAllReady: () => void stream.pipe(sink),
    onShellError: (error) => ended.resolve(shellError(error, signal)),
    onError: () => undefined,
  })
  return ended.promise
}

/**
 * Sends the shell as soon as it is there. The root element is part of the tree: as long as React has seen no element of the body, it holds
 * everything back, in case what still waits has a `<head>`.
 */
export async function streamTree(
  { react, server }: Pick<ProgramParts, 'react' | 'server'>,
  { tree, document }: PreparedPage,
  { signal, respond, head }: RenderContext & { readonly head: RenderHead },
): Promise<NoPage | undefined> {
  const ended = Promise.withResolvers<NoPage | undefined>()
  const { nonce, assets } = document
  const root = react.createElement('div', { id: 'root' }, tree)
  const stream = pipeable(server, root, signal, {
    ...(nonce === undefined ? {} : { nonce }),
    bootstrapModules: [assets.script],
    onShellReady: () => {
      const out = respond(head).toWritable()
      out.once('error', () => stream.abort())
      out.once('close', () => ended.resolve(undefined))
      out.write(documentStart(document, true))
      stream.pipe(framed(out, documentEnd(document, true)))
    },
    onShellError: (error) => ended.resolve(shellError(error, signal)),
    onError: () => undefined,
  })
  return ended.promise
}

/** React ends what it pipes into; the end of the document comes after that. */
function framed(out: Writable, end: string): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, callback) => {
      // React may use the memory of a chunk again.
      if (out.write(Buffer.from(chunk))) callback()
      else out.once('drain', callback)
    },
    final: (callback) => {
      out.end(end)
      callback()
    },
  })
}

function pipeable(
  server: ReactDomServerLike,
  tree: unknown,
  signal: AbortSignal,
  options: PipeOptions,
): PipeableStream {
  const stream = server.renderToPipeableStream(tree, options)
  const abort = (): void => stream.abort(signal.reason)
  if (signal.aborted) queueMicrotask(abort)
  else signal.addEventListener('abort', abort, { once: true })
  return stream
}

function shellError(error: unknown, signal: AbortSignal): NoPage {
  return signal.aborted ? { kind: 'late' } : errorAnswer(error)
}
