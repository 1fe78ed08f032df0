import { TurnoverMap } from '@evenkeel/pool/turnover'
import type { BackgroundContext, SocketData } from '../app.ts'
import { logFailure } from './log-failure.host.ts'

/** Promises that outlive the answers they belong to. */
export class Background implements BackgroundContext {
  readonly #waiting = new TurnoverMap<number, Promise<unknown>>()
  #given = 0
  readonly #publish: (topic: string, message: SocketData) => void

  constructor(publish: (topic: string, message: SocketData) => void) {
    this.#publish = publish
  }

  waitUntil(promise: Promise<unknown>): void {
    const number = (this.#given += 1)
    const settled = Promise.resolve(promise)
      .catch((error: unknown) => logFailure('a promise given to waitUntil was rejected', error))
      .finally(() => this.#waiting.delete(number))
    this.#waiting.set(number, settled)
  }

  publish(topic: string, message: SocketData): void {
    this.#publish(topic, message)
  }

  /** Resolves when nothing is left. */
  async settled(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.all(this.#waiting.values())
  }
}
