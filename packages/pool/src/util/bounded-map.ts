import { TurnoverMap } from './turnover-map.ts'

/** A map that forgets the entry unused for longest when it is full. */
export class BoundedMap<Key, Value> {
  readonly #entries = new TurnoverMap<Key, { value: Value }>()
  readonly #capacity: number
  /** Used last: most often it is what is used next, and then it need not move. */
  #newest: Key | undefined

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (key !== this.#newest) this.#move(key, entry)
    return entry.value
  }

  set(key: Key, value: Value): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) entry.value = value
    if (entry === undefined || key !== this.#newest) this.#move(key, entry ?? { value })
    if (this.#entries.size <= this.#capacity) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  #move(key: Key, entry: { value: Value }): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    this.#newest = key
  }
}
