import type { Server } from './server.ts'
import type { Side } from './side.ts'
import { isStartedByLab } from './variant-spec.ts'

export type SideName = 'a' | 'b'
export type BlockOrder = 'ab' | 'ba'

export interface ReadyServers {
  readonly a: Server
  readonly b: Server
  /** Sides whose server was started just now, oldest first. */
  readonly fresh: readonly SideName[]
}

export interface ServerPairOptions {
  readonly a: Side
  readonly b: Side
  /** Servers that the lab starts are started anew for each block. */
  readonly restart: boolean
}

/** The two sides of a block in the order of their turns. */
export function inOrder(order: BlockOrder): readonly [SideName, SideName] {
  return order === 'ab' ? ['a', 'b'] : ['b', 'a']
}

/** The servers of both sides: one that runs already stays; ours are started once, or anew for each block. */
export class ServerPair implements AsyncDisposable {
  readonly #options: ServerPairOptions
  readonly #running = new Map<SideName, Server>()
  #targets = { a: '', b: '' }

  constructor(options: ServerPairOptions) {
    this.#options = options
  }

  /** Addresses of the newest servers. */
  get targets(): { readonly a: string; readonly b: string } {
    return this.#targets
  }

  /** The servers for a block. They start in the order of its turns, so that being the older process is no side's privilege. */
  async ready(order: BlockOrder, signal: AbortSignal): Promise<ReadyServers> {
    if (this.#options.restart) await this.#stop((side) => isStartedByLab(side.facts.kind))
    const fresh: SideName[] = []
    for (const name of inOrder(order)) {
      if (this.#running.has(name)) continue
      this.#running.set(name, await this.#options[name].start(signal))
      if (isStartedByLab(this.#options[name].facts.kind)) fresh.push(name)
    }
    const { a, b } = { a: this.#serverOf('a'), b: this.#serverOf('b') }
    this.#targets = { a: a.url, b: b.url }
    return { a, b, fresh }
  }

  #serverOf(name: SideName): Server {
    const server = this.#running.get(name)
    if (server === undefined) throw new Error(`the server of side ${name} is not running`)
    return server
  }

  async #stop(isMeant: (side: Side) => boolean): Promise<void> {
    const stopped = [...this.#running].filter(([name]) => isMeant(this.#options[name]))
    for (const [name] of stopped) this.#running.delete(name)
    await Promise.all(stopped.map(([, server]) => server[Symbol.asyncDispose]()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop(() => true)
  }
}
