interface Cell<Value> {
  value: Value | undefined
}

/** Cells kept for values to come; a flood need not leave more. */
const maxFree = 1_000

/**
 * A map for what comes and goes all the time, such as requests under way. V8 copies the table of a `Map` or `Set` each time that as many
 * entries have come and gone as it has room for. Once a table is old, so are its copies, and until the next collection of the whole heap
 * each of them keeps alive what it last held: most requests of a busy server outlive their answers by far (decision 011). Here the table
 * holds cells that are used again, and an entry that is gone is in none. Keys are held as by a `Map`: they should be numbers.
 */
export class TurnoverMap<Key, Value extends object> {
  readonly #cells = new Map<Key, Cell<Value>>()
  #free: Cell<Value>[] | undefined

  get size(): number {
    return this.#cells.size
  }

  get(key: Key): Value | undefined {
    return this.#cells.get(key)?.value
  }

  has(key: Key): boolean {
    return this.#cells.has(key)
  }

  /** An entry that is there keeps its place in the order. */
  set(key: Key, value: Value): void {
    const present = this.#cells.get(key)
    if (present !== undefined) {
      present.value = value
      return
    }
    const cell = this.#free?.pop() ?? { value: undefined }
    cell.value = value
    this.#cells.set(key, cell)
  }

  /** False when there is no such entry. */
  delete(key: Key): boolean {
    const cell = this.#cells.get(key)
    if (cell === undefined) return false
    this.#cells.delete(key)
    cell.value = undefined
    this.#free ??= []
    if (this.#free.length < maxFree) this.#free.push(cell)
    return true
  }

  clear(): void {
    for (const key of this.#cells.keys()) this.delete(key)
  }

  /** What came first of those that are there. */
  get oldest(): Value | undefined {
    for (const { value } of this.#cells.values()) if (value !== undefined) return value
    return undefined
  }

  /** In the order in which they came. */
  keys(): MapIterator<Key> {
    return this.#cells.keys()
  }

  /** In the order in which they came. */
  *values(): Generator<Value, void> {
    for (const { value } of this.#cells.values()) if (value !== undefined) yield value
  }
}
