import { iteratorOf } from './iterator.ts'

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// oxlint-disable-next-line eslint/no-control-regex -- exactly what a header value may not hold
const badValue = /[\0\r\n]|[^\0-\xff]/

/** https://fetch.spec.whatwg.org/#headers-class */
export class Headers {
  /** Lower-case names; the order of arrival. */
  #list: [string, string][] = []
  #isFixed = false

  constructor(init?: unknown) {
    if (init === undefined) return
    if (init === null || (typeof init !== 'object' && typeof init !== 'function'))
      throw new TypeError("Failed to construct 'Headers': the argument must be an object")
    for (const [name, value] of pairsOf(init)) this.append(name, value)
  }

  append(name: string, value: string): void {
    needs('append', arguments.length, 2)
    const entry: [string, string] = [normalName(name), normalValue(value)]
    this.#refuseIfFixed()
    this.#list.push(entry)
  }

  set(name: string, value: string): void {
    needs('set', arguments.length, 2)
    const key = normalName(name)
    const text = normalValue(value)
    this.#refuseIfFixed()
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
    this.#refuseIfFixed()
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

  entries(): IteratorObject<[string, string]> {
    return this.#iterate(([name, value]) => [name, value])
  }

  keys(): IteratorObject<string> {
    return this.#iterate(([name]) => name)
  }

  values(): IteratorObject<string> {
    return this.#iterate(([, value]) => value)
  }

  [Symbol.iterator](): IteratorObject<[string, string]> {
    return this.entries()
  }

  /** Headers of the network, and of responses that stand for it, do not change ("immutable" in the standard). */
  static fix(headers: Headers): void {
    headers.#isFixed = true
  }

  static isFixed(headers: Headers): boolean {
    return headers.#isFixed
  }

  #refuseIfFixed(): void {
    if (this.#isFixed) throw new TypeError('These headers cannot be changed; a copy can: new Headers(headers)')
  }

  #iterate<Value>(pick: (entry: [string, string]) => Value): IteratorObject<Value> {
    return iteratorOf((index) => {
      const entry = this.#sorted()[index]
      return entry && { value: pick(entry) }
    }, 'Headers Iterator')
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

export const fixHeaders: typeof Headers.fix = Headers.fix
export const areFixed: typeof Headers.isFixed = Headers.isFixed
Reflect.deleteProperty(Headers, 'fix')
Reflect.deleteProperty(Headers, 'isFixed')

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
