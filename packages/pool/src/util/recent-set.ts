/** The values that were added last, up to a number. */
export class RecentSet<Value> {
  readonly #values = new Set<Value>()
  readonly #max: number
  /** Added last: most often it is what is added next, and then it need not move. */
  #newest: Value | undefined

  constructor(max: number) {
    this.#max = max
  }

  has(value: Value): boolean {
    return this.#values.has(value)
  }

  add(value: Value): void {
    if (value === this.#newest) return
    this.#newest = value
    this.#values.delete(value)
    this.#values.add(value)
    if (this.#values.size <= this.#max) return
    for (const oldest of this.#values) {
      this.#values.delete(oldest)
      return
    }
  }
}
