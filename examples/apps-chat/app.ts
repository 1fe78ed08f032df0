import type { App, SocketPeer } from '@evenkeel/server/apps'
import type { BindingsConfig, EnvOf } from '@evenkeel/server/bindings'
import { page } from './page.ts'

/** The last words of a room are kept where all runtimes find them. */
const bindings = { ROOMS: { type: 'kv' } } as const satisfies BindingsConfig
type Env = EnvOf<typeof bindings>

interface Member {
  readonly room: string
  readonly name: string
  readonly env: Env
}

const named = /^[\p{L}\p{N} _-]{1,32}$/u
const kept = 20

const app: App<Env> & { readonly bindings: typeof bindings } = {
  bindings,
  fetch: () => new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } }),
  websocket: {
    upgrade(request, env) {
      const { searchParams } = new URL(request.url)
      const name = searchParams.get('name') ?? ''
      const room = searchParams.get('room') ?? 'lobby'
      if (!named.test(name) || !named.test(room)) return new Response('Who are you, and where?', { status: 400 })
      return { data: { room, name, env } satisfies Member }
    },
    async open(peer) {
      const { room, env } = memberOf(peer)
      peer.subscribe(room)
      // Who was moved to this runtime has heard it already.
      if (peer.moved) return
      for (const line of await linesOf(env, room)) peer.send(line)
    },
    async message(peer, message) {
      const { room, name, env } = memberOf(peer)
      const line = JSON.stringify({ name, text: message.text().slice(0, 1_000) })
      await env.ROOMS.update<string[]>(room, (lines = []) => [...lines, line].slice(-kept))
      peer.publish(room, line)
      peer.send(line)
    },
  },
}

function memberOf({ data }: SocketPeer): Member {
  return data as Member
}

async function linesOf(env: Env, room: string): Promise<readonly string[]> {
  return (await env.ROOMS.get<string[]>(room)) ?? []
}

export default app
