type Parsed = Record<string, string | string[]>

/** https://nodejs.org/api/querystring.html */
export function parse(
  text: string,
  separator: string = '&',
  equals: string = '=',
  options: { maxKeys?: number; decodeURIComponent?: (text: string) => string } = {},
): Parsed {
  const result = Object.create(null) as Parsed
  if (typeof text !== 'string' || text === '') return result
  const { maxKeys = 1_000, decodeURIComponent: decode = unescape } = options ?? {}
  const pairs = text.split(separator || '&')
  for (const pair of maxKeys > 0 ? pairs.slice(0, maxKeys) : pairs) {
    if (pair === '') continue
    const at = pair.indexOf(equals || '=')
    const plain = (part: string): string => decode(part.replaceAll('+', ' '))
    const name = plain(at === -1 ? pair : pair.slice(0, at))
    const value = at === -1 ? '' : plain(pair.slice(at + (equals || '=').length))
    const known = result[name]
    result[name] = known === undefined ? value : [known, value].flat()
  }
  return result
}

export function stringify(
  value: unknown,
  separator: string = '&',
  equals: string = '=',
  options: { encodeURIComponent?: (text: string) => string } = {},
): string {
  if (typeof value !== 'object' || value === null) return ''
  const encode = options?.encodeURIComponent ?? escape
  const pair = (name: string, item: unknown): string => `${encode(name)}${equals || '='}${encode(primitive(item))}`
  return Object.entries(value)
    .flatMap(([name, item]) => (Array.isArray(item) ? item.map((each) => pair(name, each)) : [pair(name, item)]))
    .join(separator || '&')
}

export function escape(text: string): string {
  return encodeURIComponent(String(text))
}

/** What cannot be decoded stays as it is. */
export function unescape(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export { parse as decode, stringify as encode }

function primitive(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : ''
}
