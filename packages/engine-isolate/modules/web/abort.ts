import { clearLater, later } from 'evenkeel:host'
import { DOMException } from './dom-exception.ts'
import { eventHandler, EventTarget, platformEvent } from './event-target.ts'

const constructing = Symbol('constructing')

/** https://dom.spec.whatwg.org/#interface-AbortSignal */
export class AbortSignal extends EventTarget {
  #aborted = false
  #reason: unknown
  readonly #handler: ReturnType<typeof eventHandler> = eventHandler(this, 'abort')
  readonly #dependents = new Set<AbortSignal>()
  /** Of one that depends on others: those that depend on none. */
  #sources: readonly AbortSignal[] | undefined

  constructor(key?: unknown) {
    if (key !== constructing) throw new TypeError('Illegal constructor')
    super()
  }

  static abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): AbortSignal {
    const signal = new AbortSignal(constructing)
    signal.#abort(reason)
    return signal
  }

  static timeout(delayMs: number): AbortSignal {
    const delay = Number(delayMs)
    if (!(delay >= 0 && delay <= Number.MAX_SAFE_INTEGER))
      throw new TypeError('The timeout must be a number of milliseconds')
    const signal = new AbortSignal(constructing)
    later(delay, () => signal.#abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')))
    return signal
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const sources = [...signals]
    const result = new AbortSignal(constructing)
    for (const source of sources) {
      if (!(#aborted in Object(source))) throw new TypeError('AbortSignal.any takes AbortSignals')
    }
    const aborted = sources.find((source) => source.#aborted)
    if (aborted !== undefined) result.#abort(aborted.#reason)
    else result.#follow(sources.flatMap((source) => source.#sources ?? [source]))
    return result
  }

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): unknown {
    return this.#reason
  }

  get onabort(): unknown {
    return this.#handler.get()
  }

  set onabort(value: unknown) {
    this.#handler.set(value)
  }

  throwIfAborted(): void {
    // oxlint-disable-next-line typescript/only-throw-error -- the reason is whatever the caller of abort() gave
    if (this.#aborted) throw this.#reason
  }

  /** For those in this bundle and in others who may abort: the controller, and the clock of the run. */
  static create(): { signal: AbortSignal; abort: (reason?: unknown) => void } {
    const signal = new AbortSignal(constructing)
    return {
      signal,
      abort: (reason = new DOMException('This operation was aborted', 'AbortError')) => signal.#abort(reason),
    }
  }

  #follow(sources: readonly AbortSignal[]): void {
    this.#sources = sources
    for (const source of sources) source.#dependents.add(this)
  }

  /** All dependents have their reason before the first listener runs. */
  #abort(reason: unknown): void {
    if (this.#aborted) return
    const affected = [this, ...this.#dependents].filter((signal) => !signal.#aborted)
    for (const signal of affected) {
      signal.#aborted = true
      signal.#reason = reason
    }
    this.#dependents.clear()
    for (const signal of affected) signal.dispatchEvent(platformEvent('abort'))
  }

  override get [Symbol.toStringTag](): string {
    return 'AbortSignal'
  }
}

const createSignal: typeof AbortSignal.create = AbortSignal.create
Reflect.deleteProperty(AbortSignal, 'create')

export class AbortController {
  readonly #made: ReturnType<typeof AbortSignal.create> = createSignal()

  get signal(): AbortSignal {
    return this.#made.signal
  }

  abort(reason?: unknown): void {
    this.#made.abort(reason)
  }

  get [Symbol.toStringTag](): string {
    return 'AbortController'
  }
}

/** Aborts after a delay, for the program's own deadline. */
export function deadlineSignal(delayMs: number, message: string): AbortSignal {
  const { signal, abort } = createSignal()
  const id = later(delayMs, () => abort(new DOMException(message, 'TimeoutError')))
  if (delayMs <= 0) {
    clearLater(id)
    abort(new DOMException(message, 'TimeoutError'))
  }
  return signal
}
