const iteratorPrototype: object = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object

type At<Value> = (index: number) => { readonly value: Value } | undefined

const prototypes = new Map<string, object>()
const positions = new WeakMap<object, { at: At<unknown>; index: number }>()

/** An iterator as Web IDL makes them: what it gives is looked up at each step. One prototype for each name. */
export function iteratorOf<Value>(at: At<Value>, name: string): IteratorObject<Value> {
  const prototype = prototypes.get(name) ?? makePrototype(name)
  prototypes.set(name, prototype)
  const iterator = Object.create(prototype) as IteratorObject<Value>
  positions.set(iterator, { at, index: 0 })
  return iterator
}

function makePrototype(name: string): object {
  const next = {
    next(this: object): IteratorResult<unknown> {
      const position = positions.get(this)
      if (position === undefined) throw new TypeError(`'next' was called on what is no ${name}`)
      const found = position.at(position.index)
      position.index += 1
      return found === undefined ? { value: undefined, done: true } : { value: found.value, done: false }
    },
  }
  Object.defineProperty(next, Symbol.toStringTag, { value: name, configurable: true })
  return Object.setPrototypeOf(next, iteratorPrototype) as object
}
