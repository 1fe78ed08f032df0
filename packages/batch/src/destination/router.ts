import type { EncodedEvent } from './collector.ts'
import type { Destination } from './destination.ts'

/** Policies under which a full destination holds up the caller. With the others it loses events of its own instead. */
const holdsUp: readonly string[] = ['block', 'spill']

/** Gives each event to every destination, or to none. */
export class Router {
  readonly destinations: readonly Destination[]
  readonly #only: Destination | undefined
  readonly #holding: readonly Destination[]

  constructor(destinations: readonly Destination[]) {
    this.destinations = destinations
    this.#only = destinations.length === 1 ? destinations[0] : undefined
    this.#holding =
      this.#only === undefined
        ? destinations.filter(({ options }) => holdsUp.includes(options.buffer.whenFull))
        : destinations
  }

  /** No event can be taken now, whatever it is: `add` need not encode it. */
  get isFull(): boolean {
    return this.#only === undefined ? this.#holding.some((destination) => destination.isFull) : this.#only.isFull
  }

  /** Whether `offer` may wait for room. */
  get canWait(): boolean {
    return this.#holding.some(({ options }) => holdsUp.includes(options.buffer.whenFull))
  }

  get offerTimeoutMs(): number {
    return Math.min(...this.#holding.map(({ options }) => options.offerTimeoutMs))
  }

  place(event: EncodedEvent): 'accepted' | 'full' | 'too_large' {
    const only = this.#only
    if (only === undefined) return this.#placeInAll(event)
    if (only.isTooLarge(event.framedBytes)) return 'too_large'
    if (!only.hasRoom(event.framedBytes)) return 'full'
    only.append(event)
    return 'accepted'
  }

  /** Whether the last event is on the disk of every destination that writes ahead. */
  durable(): Promise<boolean> | undefined {
    const waits = this.destinations.flatMap((destination) => destination.durable() ?? [])
    if (waits.length === 0) return undefined
    return Promise.all(waits).then((durable) => durable.every(Boolean))
  }

  #placeInAll(event: EncodedEvent): 'accepted' | 'full' | 'too_large' {
    const { framedBytes } = event
    const able = this.destinations.filter((destination) => !destination.isTooLarge(framedBytes))
    if (able.length === 0) return 'too_large'
    for (const destination of able) {
      if (this.#holding.includes(destination) && !destination.hasRoom(framedBytes)) return 'full'
    }
    for (const destination of this.destinations) {
      if (!able.includes(destination)) destination.appendDropped(event, 'too_large')
      else if (destination.hasRoom(framedBytes)) destination.append(event)
      else destination.appendDropped(event, 'overflow')
    }
    return 'accepted'
  }
}
