/** Knows its place among those that are active; -1 when it is not. */
export interface Placed {
  place: number
}

/**
 * What is under way, in no order. A `Set` in which all the time something comes and goes keeps most of it alive in V8 until the next collection of the whole heap,
 * because each copy of its table is old as the table was; such collections would be pauses of the clock that measures.
 */
export class ActiveItems<Item extends Placed> {
  readonly #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  add(item: Item): void {
    item.place = this.#items.length
    this.#items.push(item)
  }

  /** False when it is not there. */
  delete(item: Item): boolean {
    const { place } = item
    if (this.#items[place] !== item) return false
    const last = this.#items.pop()
    if (last !== undefined && last !== item) {
      this.#items[place] = last
      last.place = place
    }
    item.place = -1
    return true
  }

  /** As they are now: they may go meanwhile. */
  list(): Item[] {
    return [...this.#items]
  }

  clear(): void {
    for (const item of this.list()) this.delete(item)
  }
}
