import { report } from 'evenkeel:host'
import { DOMException } from './dom-exception.ts'

export interface EventInit {
  bubbles?: boolean
  cancelable?: boolean
  composed?: boolean
}

const writers = new WeakMap<Event, EventState>()

/** Events that the platform made. */
const trusted = new WeakSet<object>()

/** One accessor for all events, which none of them can change. */
const trust: PropertyDescriptor = {
  get(this: Event): boolean {
    return trusted.has(this)
  },
  enumerable: true,
}

/** An event that no program made. */
export function platformEvent(type: string): Event {
  const event = new Event(type)
  trusted.add(event)
  return event
}

interface EventState {
  target: EventTarget | null
  dispatching: boolean
  stopped: boolean
  canceled: boolean
  passive: boolean
}

/** https://dom.spec.whatwg.org/#interface-event, without a tree: an event has one target. */
export class Event {
  static readonly NONE = 0
  static readonly CAPTURING_PHASE = 1
  static readonly AT_TARGET = 2
  static readonly BUBBLING_PHASE = 3
  readonly NONE = 0
  readonly CAPTURING_PHASE = 1
  readonly AT_TARGET = 2
  readonly BUBBLING_PHASE = 3
  readonly type: string
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly composed: boolean
  readonly timeStamp: number = Date.now()
  declare readonly isTrusted: boolean
  readonly #state: EventState = { target: null, dispatching: false, stopped: false, canceled: false, passive: false }
  #propagationStopped = false

  constructor(type: string, init: EventInit = {}) {
    if (arguments.length === 0)
      throw new TypeError("Failed to construct 'Event': 1 argument required, but only 0 present")
    this.type = String(type)
    this.bubbles = Boolean(init?.bubbles)
    this.cancelable = Boolean(init?.cancelable)
    this.composed = Boolean(init?.composed)
    writers.set(this, this.#state)
    Object.defineProperty(this, 'isTrusted', trust)
  }

  get target(): EventTarget | null {
    return this.#state.target
  }

  get srcElement(): EventTarget | null {
    return this.#state.target
  }

  get currentTarget(): EventTarget | null {
    return this.#state.dispatching ? this.#state.target : null
  }

  get eventPhase(): number {
    return this.#state.dispatching ? 2 : 0
  }

  get defaultPrevented(): boolean {
    return this.#state.canceled
  }

  get returnValue(): boolean {
    return !this.#state.canceled
  }

  set returnValue(value: boolean) {
    if (!value) this.preventDefault()
  }

  get cancelBubble(): boolean {
    return this.#propagationStopped
  }

  set cancelBubble(value: boolean) {
    if (value) this.stopPropagation()
  }

  composedPath(): EventTarget[] {
    return this.#state.dispatching && this.#state.target !== null ? [this.#state.target] : []
  }

  stopPropagation(): void {
    this.#propagationStopped = true
  }

  stopImmediatePropagation(): void {
    this.#propagationStopped = true
    this.#state.stopped = true
  }

  preventDefault(): void {
    if (this.cancelable && !this.#state.passive) this.#state.canceled = true
  }

  get [Symbol.toStringTag](): string {
    return 'Event'
  }
}

export class CustomEvent extends Event {
  readonly detail: unknown

  constructor(type: string, init: EventInit & { detail?: unknown } = {}) {
    super(type, init)
    this.detail = init?.detail ?? null
  }

  override get [Symbol.toStringTag](): string {
    return 'CustomEvent'
  }
}

type Callback = ((event: Event) => unknown) | { handleEvent(event: Event): unknown }

interface Listener {
  readonly callback: Callback
  readonly capture: boolean
  readonly once: boolean
  readonly passive: boolean
  removed: boolean
}

interface ListenerOptions {
  capture?: boolean
  once?: boolean
  passive?: boolean
  signal?: { aborted: boolean; addEventListener(type: string, listener: () => void): void } | null
}

/** https://dom.spec.whatwg.org/#interface-eventtarget */
export class EventTarget {
  readonly #listeners = new Map<string, Listener[]>()

  addEventListener(type: string, callback: Callback | null, options: boolean | ListenerOptions = {}): void {
    const { capture = false, once = false, passive = false, signal } = readOptions(options)
    if (signal !== undefined && (typeof signal !== 'object' || signal === null))
      throw new TypeError('The "signal" option must be an AbortSignal')
    if (callback === null || callback === undefined || signal?.aborted === true) return
    if (typeof callback !== 'function' && typeof callback !== 'object')
      throw new TypeError('The listener must be a function or an object')
    const list = this.#listeners.get(String(type)) ?? []
    if (list.some((each) => each.callback === callback && each.capture === Boolean(capture))) return
    this.#listeners.set(String(type), [
      ...list,
      { callback, capture: Boolean(capture), once: Boolean(once), passive: Boolean(passive), removed: false },
    ])
    signal?.addEventListener('abort', () => this.removeEventListener(type, callback, options))
  }

  removeEventListener(type: string, callback: Callback | null, options: boolean | ListenerOptions = {}): void {
    const capture = Boolean(readOptions(options).capture)
    const list = this.#listeners.get(String(type)) ?? []
    const found = list.find((each) => each.callback === callback && each.capture === capture)
    if (found === undefined) return
    found.removed = true
    this.#listeners.set(
      String(type),
      list.filter((each) => each !== found),
    )
  }

  dispatchEvent(event: Event): boolean {
    const state = writers.get(event)
    if (state === undefined) throw new TypeError('The argument of dispatchEvent must be an Event')
    if (state.dispatching) throw new DOMException('The event is already being dispatched', 'InvalidStateError')
    state.target = this
    state.dispatching = true
    for (const listener of this.#listeners.get(event.type) ?? []) {
      if (state.stopped) break
      if (!listener.removed) this.#invoke(listener, event, state)
    }
    state.dispatching = false
    state.stopped = false
    return !state.canceled
  }

  #invoke(listener: Listener, event: Event, state: EventState): void {
    const { callback, once, capture } = listener
    if (once) this.removeEventListener(event.type, callback, { capture })
    state.passive = listener.passive
    try {
      if (typeof callback === 'function') Reflect.apply(callback, this, [event])
      else callback.handleEvent(event)
    } catch (error) {
      report(error)
    }
    state.passive = false
  }

  get [Symbol.toStringTag](): string {
    return 'EventTarget'
  }
}

function readOptions(options: boolean | ListenerOptions): ListenerOptions {
  return typeof options === 'object' && options !== null ? options : { capture: Boolean(options) }
}

/** An `onabort`-like property: the handler keeps the place of its first assignment. */
export function eventHandler(target: EventTarget, type: string): { get(): unknown; set(value: unknown): void } {
  let handler: unknown = null
  let attached = false
  return {
    get: () => handler,
    set: (value) => {
      handler = typeof value === 'function' ? value : null
      if (attached) return
      attached = true
      target.addEventListener(type, (event) => {
        if (typeof handler === 'function') Reflect.apply(handler, target, [event])
      })
    },
  }
}
