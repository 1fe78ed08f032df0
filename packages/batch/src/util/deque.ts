/** First in, first out, with O(1) work at both ends. Memory follows the length. */
export class Deque<T> {
  #items: (T | undefined)[] = Array.from({ length: 16 })
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    this.#growIfFull()
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item
    this.#length += 1
  }

  unshift(item: T): void {
    this.#growIfFull()
    this.#head = (this.#head - 1) & (this.#items.length - 1)
    this.#items[this.#head] = item
    this.#length += 1
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#items.length - 1)
    this.#length -= 1
    if (this.#length === 0) this.#reset()
    return item
  }

  peek(index = 0): T | undefined {
    return index < this.#length ? this.#items[(this.#head + index) & (this.#items.length - 1)] : undefined
  }

  /** Takes out the item at `index`, keeping the order of the others. O(index): meant for places near the front. */
  remove(index: number): T | undefined {
    const skipped: T[] = []
    for (let passed = 0; passed < index; passed += 1) {
      const item = this.shift()
      if (item !== undefined) skipped.push(item)
    }
    const removed = this.shift()
    for (const item of skipped.reverse()) this.unshift(item)
    return removed
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = 0; index < this.#length; index += 1) {
      const item = this.peek(index)
      if (item !== undefined) yield item
    }
  }

  #growIfFull(): void {
    if (this.#length < this.#items.length) return
    const ordered = [...this]
    this.#items = [...ordered, ...Array.from<undefined>({ length: ordered.length })]
    this.#head = 0
  }

  #reset(): void {
    this.#head = 0
    if (this.#items.length > 1024) this.#items = Array.from({ length: 16 })
  }
}
