import type { Readable } from 'node:stream'
import type { Failure } from './rendered.ts'

/** Part of the time after which the signal is aborted: whoever listens to it has the rest to come to an end. */
const softShare = 0.8

/** The time that work of a page has in this process. */
export class Deadline implements Disposable {
  readonly #wallMs: number
  readonly #gone: AbortSignal | undefined
  readonly #startedAtMs: number = performance.now()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #ended: (() => void)[] = []
  #controller: AbortController | undefined

  /** `gone` is aborted when nobody waits for the answer any more. */
  constructor(wallMs: number, gone?: AbortSignal) {
    this.#wallMs = wallMs
    this.#gone = gone
  }

  /** Aborted shortly before the end, or when nobody waits any more. */
  get signal(): AbortSignal {
    this.#controller ??= this.#watch(new AbortController())
    return this.#controller.signal
  }

  /** What the work gives, or a failure when it takes too long or nobody waits any more. It is left to itself then. */
  async race<Result>(work: Promise<Result>): Promise<Result | Failure> {
    const late = Promise.withResolvers<Failure>()
    this.#after(1, () => late.resolve(deadlineFailure(this.#wallMs)))
    this.#whenGone(() => late.resolve({ status: 'failed', reason: 'cancelled', detail: '' }))
    return Promise.race([work, late.promise])
  }

  /** Breaks a stream off that is not done in time. */
  cut(body: Readable): void {
    this.#after(1, () => body.destroy(new Error('the page was not done by its deadline')))
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const end of this.#ended) end()
  }

  #watch(controller: AbortController): AbortController {
    this.#after(softShare, () =>
      controller.abort(new DOMException('the time for the page is nearly over', 'TimeoutError')),
    )
    this.#whenGone(() => controller.abort(new DOMException('nobody waits for the answer any more', 'AbortError')))
    return controller
  }

  #after(share: number, call: () => void): void {
    const leftMs = this.#startedAtMs + this.#wallMs * share - performance.now()
    this.#timers.push(setTimeout(call, Math.max(0, leftMs)))
  }

  #whenGone(call: () => void): void {
    const gone = this.#gone
    if (gone === undefined) return
    if (gone.aborted) return call()
    gone.addEventListener('abort', call, { once: true })
    this.#ended.push(() => gone.removeEventListener('abort', call))
  }
}

function deadlineFailure(wallMs: number): Failure {
  return { status: 'failed', reason: 'deadline', detail: `the limit of ${wallMs} ms is over` }
}
