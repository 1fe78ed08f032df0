const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// oxlint-disable-next-line eslint/no-control-regex -- exactly what a header value may not hold
const badValue = /[\0\r\n]|[^\0-\xff]/

/** https://fetch.spec.whatwg.org/#headers-class */
export class Headers {
  /** Lower-case names; the order of arrival. */
  #list: [string, string][] = []

  constructor(init?: unknown) {
    if (init === undefined) return
    if (init === null || (typeof init !== 'object' && typeof init !== 'function'))
      throw new TypeError("Failed to construct 'Headers': the argument must be an object")
    for (const [name, value] of pairsOf(init)) this.append(name, value)
  }

  append(name: string, value: string): void {
    needs('append', arguments.length, 2)
    this.#list.push([normalName(name), normalValue(value)])
  }

  set(name: string, value: string): void {
    needs('set', arguments.length, 2)
    const key = normalName(name)
    const text = normalValue(value)
    const at = this.#list.findIndex(([each]) => each === key)
    if (at === -1) {
      this.#list.push([key, text])
      return
    }
    this.#list = this.#list.filter(([each], index) => each !== key || index === at)
    this.#list[at] = [key, text]
  }

  delete(name: string): void {
    needs('delete', arguments.length, 1)
    const key = normalName(name)
    this.#list = this.#list.filter(([each]) => each !== key)
  }

  get(name: string): string | null {
    needs('get', arguments.length, 1)
    const key = normalName(name)
    const values = this.#list.filter(([each]) => each === key).map(([, value]) => value)
    return values.length === 0 ? null : values.join(', ')
  }

  getSetCookie(): string[] {
    return this.#list.filter(([name]) => name === 'set-cookie').map(([, value]) => value)
  }

  has(name: string): boolean {
    needs('has', arguments.length, 1)
    const key = normalName(name)
    return this.#list.some(([each]) => each === key)
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, thisValue?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('The callback of forEach must be a function')
    for (const [name, value] of this) Reflect.apply(callback, thisValue, [value, name, this])
  }

  *entries(): Generator<[string, string]> {
    for (let index = 0; ; index += 1) {
      const entry = this.#sorted()[index]
      if (entry === undefined) return
      yield entry
    }
  }

  *keys(): Generator<string> {
    for (const [name] of this.entries()) yield name
  }

  *values(): Generator<string> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries()
  }

  get [Symbol.toStringTag](): string {
    return 'Headers'
  }

  /** Sorted and combined; cookies stay apart. */
  #sorted(): [string, string][] {
    const names = [...new Set(this.#list.map(([name]) => name))].toSorted()
    return names.flatMap((name): [string, string][] =>
      name === 'set-cookie' ? this.getSetCookie().map((value) => [name, value]) : [[name, this.get(name) ?? '']],
    )
  }
}

function* pairsOf(init: object): Generator<[string, string]> {
  const iterate = (init as { [Symbol.iterator]?: unknown })[Symbol.iterator]
  if (iterate === undefined || iterate === null) {
    for (const key of Reflect.ownKeys(init)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(init, key)
      if (descriptor?.enumerable !== true) continue
      if (typeof key === 'symbol') throw new TypeError('A header name must be a string, not a symbol')
      yield [key, (init as Record<string, string>)[key] as string]
    }
    return
  }
  for (const pair of init as Iterable<unknown>) {
    if (typeof pair !== 'object' || pair === null) throw new TypeError('A header must be a pair of name and value')
    const entry = [...(pair as Iterable<string>)]
    if (entry.length !== 2) throw new TypeError('A header must be a pair of name and value')
    yield entry as [string, string]
  }
}

function normalName(name: unknown): string {
  const text = String(name)
  if (!token.test(text)) throw new TypeError(`Header name ${JSON.stringify(text.slice(0, 100))} is not valid`)
  return text.toLowerCase()
}

function normalValue(value: unknown): string {
  const text = String(value)
    .replace(/^[\t\n\r ]+/, '')
    .replace(/[\t\n\r ]+$/, '')
  if (badValue.test(text)) throw new TypeError('A header value holds a character that is not allowed')
  return text
}

function needs(method: string, given: number, needed: number): void {
  if (given < needed)
    throw new TypeError(
      `Failed to execute '${method}' on 'Headers': ${needed} arguments required, but only ${given} present`,
    )
}
