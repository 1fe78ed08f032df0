/** A clock over server-sent events: one stream for each visitor, which ends when the visitor leaves. */
import { setTimeout as wait } from 'node:timers/promises'

let visitors = 0

async function* ticks(everyMs: number, signal: AbortSignal): AsyncGenerator<string> {
  visitors += 1
  try {
    for (let id = 1; ; id += 1) {
      yield `id: ${id}\nevent: tick\ndata: ${new Date().toISOString()}\n\n`
      await wait(everyMs, undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    visitors -= 1
  }
}

const encoder = new TextEncoder()

/** Pulled one by one: a visitor who does not read lets no ticks pile up. */
function streamOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
  })
}

const page = `<!doctype html><meta charset="utf-8"><title>Clock</title><h1 id="now">…</h1>
<script>new EventSource('ticks').addEventListener('tick', ({ data }) => (now.textContent = data))</script>`

export default {
  fetch(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/') return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })
    if (pathname === '/visitors') return Response.json({ visitors })
    if (pathname !== '/ticks') return new Response('Not found', { status: 404 })
    const everyMs = Math.min(60_000, Math.max(10, Number(searchParams.get('everyMs') ?? 1_000) || 1_000))
    return new Response(streamOf(ticks(everyMs, request.signal)), {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    })
  },
}
