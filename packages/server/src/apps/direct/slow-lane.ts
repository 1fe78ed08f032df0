import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Generation } from './generation.ts'
import type { Instance } from './instance.ts'

export interface SlowLaneParts {
  /** Starts runtimes with sockets in this folder, because of that route. */
  readonly start: (folder: string, route: string) => Promise<Generation>
  /** Those that accept connections. */
  readonly acceptors: () => readonly Instance[]
  readonly failed: (error: Error) => void
}

/**
 * Runtimes of one version that take the requests that compute for long, so that those that accept connections stay free for the others.
 * Started when the first such route is found.
 */
export class SlowLane {
  readonly #parts: SlowLaneParts
  readonly #routes = new Set<string>()
  #folder: string | undefined
  #opening: Promise<void> | undefined
  #generation: Generation | undefined
  #closing = false

  constructor(parts: SlowLaneParts) {
    this.#parts = parts
  }

  get instances(): readonly Instance[] {
    return this.#generation?.instances ?? []
  }

  get generation(): Generation | undefined {
    return this.#generation
  }

  /** Requests of this route compute for long. */
  found(route: string): void {
    if (this.#closing) return
    this.#routes.add(route)
    this.#opening ??= this.#open(route).catch((error: unknown) => this.#parts.failed(error as Error))
    this.tell(this.#parts.acceptors())
  }

  /** Says where long requests go: to all when that changes, to a runtime that is new. */
  tell(acceptors: readonly Instance[]): void {
    if (this.#generation === undefined) return
    const sockets = this.#generation.serving.flatMap(({ facts }) => facts.socket ?? [])
    for (const acceptor of acceptors) acceptor.tell({ type: 'lane', sockets, routes: [...this.#routes] })
  }

  /** One of its runtimes began to serve, takes no more, or is gone. */
  changed({ state, facts: { socket } }: Instance): void {
    // One that was killed has left its socket behind.
    if (state === 'ended' && socket !== undefined) rmSync(socket, { force: true })
    this.tell(this.#parts.acceptors())
  }

  /** To be called when nobody passes requests on any more. Resolves with those that were cut off. */
  async close(deadlineMs: number): Promise<number> {
    this.#closing = true
    await this.#opening
    const cutOff = (await this.#generation?.close(deadlineMs)) ?? 0
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
    return cutOff
  }

  async #open(route: string): Promise<void> {
    // Only this user can enter.
    this.#folder = mkdtempSync(join(tmpdir(), 'evenkeel-lane-'))
    this.#generation = await this.#parts.start(this.#folder, route)
    this.tell(this.#parts.acceptors())
  }
}
