export type PlainRecord = Record<string, unknown>

export function isRecord(value: unknown): value is PlainRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function asRecord(value: unknown): PlainRecord {
  return isRecord(value) ? value : {}
}

/** Null and undefined become an empty list, a single value a list of one. */
export function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** A new value in which records are merged key by key and lists entry by entry; of scalars the later one wins. */
export function mergeDeep(base: unknown, over: unknown): unknown {
  if (over === undefined) return base
  if (Array.isArray(base) && Array.isArray(over))
    return Array.from({ length: Math.max(base.length, over.length) }, (_, index) => mergeDeep(base[index], over[index]))
  if (!isRecord(base) || !isRecord(over)) return over
  const merged: PlainRecord = { ...base }
  for (const [key, value] of Object.entries(over)) merged[key] = mergeDeep(base[key], value)
  return merged
}

/** Copies records and lists; anything else (functions, dates, buffers) is kept by reference. */
export function cloneDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => cloneDeep(item))
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cloneDeep(item)]))
}

const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** Splits `a.b[0]['c d']` into its keys. */
export function parsePropertyPath(path: string): readonly string[] {
  const keys: string[] = []
  for (const match of path.matchAll(/[^.[\]]+|\[(?:"([^"]*)"|'([^']*)'|([^\]]*))\]/g)) {
    keys.push(match[1] ?? match[2] ?? match[3] ?? match[0])
  }
  return keys.map((key) => key.trim())
}

export function getPath(root: unknown, keys: readonly string[]): unknown {
  let value: unknown = root
  for (const key of keys) {
    if (value === null || value === undefined) return undefined
    if (unsafeKeys.has(key)) return undefined
    value = (value as PlainRecord)[key]
  }
  return value
}

/** Sets a nested value and makes the records on the way. Keys that reach prototypes are refused. */
export function setPath(root: PlainRecord, keys: readonly string[], value: unknown): boolean {
  const last = keys.at(-1)
  if (last === undefined || keys.some((key) => unsafeKeys.has(key))) return false
  let parent = root
  for (const key of keys.slice(0, -1)) {
    const next = parent[key]
    if (typeof next === 'object' && next !== null) {
      parent = next as PlainRecord
      continue
    }
    const made: PlainRecord = {}
    parent[key] = made
    parent = made
  }
  parent[last] = value
  return true
}
