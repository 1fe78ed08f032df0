import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { PageCache as CacheRule } from '../author/page-module.ts'
import type { HeaderList } from '../render/messages.ts'

/** A rendered page as it is kept; its nonce is a placeholder. */
export interface KeptPage {
  readonly status: number
  readonly headers: HeaderList
  readonly html: Uint8Array
}

/** What came of making a page: one that may be kept, or anything else. */
export interface Made<Other> {
  readonly page: KeptPage | undefined
  readonly other: Other
  /** It failed: an old copy is better. */
  readonly failed: boolean
}

export interface CachedAnswer<Other> {
  readonly kept: (KeptPage & { readonly etag: string }) | undefined
  readonly other: Other | undefined
  /** Value of `Cache-Status` (RFC 9211). */
  readonly note: string
}

export interface CacheRequest<Other> {
  readonly key: string
  readonly path: string
  readonly tags: readonly string[]
  readonly rule: CacheRule
  readonly make: () => Promise<Made<Other>>
}

/** What is to be forgotten, by tag or path; everything when neither is given. */
export interface Purge {
  readonly tags?: readonly string[]
  readonly paths?: readonly string[]
}

export interface PageCacheOptions {
  readonly maxBytes: number
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

interface Entry extends KeptPage {
  readonly path: string
  readonly tags: readonly string[]
  readonly madeAtMs: number
  readonly etag: string
}

const defaultStaleIfErrorMs = 3_600_000

/** Bytes that an entry takes beside its document. */
const entryBytes = 1_024

/** Keeps rendered pages: fresh for a while, stale while a new one is made or cannot be, one render at a time for each key. */
export class PageCache {
  readonly #entries: LRUCache<string, Entry>
  readonly #flights = new Map<string, Promise<Made<unknown>>>()
  readonly #now: () => number
  #purges = 0

  constructor({ maxBytes, now = Date.now }: PageCacheOptions) {
    this.#now = now
    this.#entries = new LRUCache<string, Entry>({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: ({ html, path }) => html.byteLength + path.length + entryBytes,
    })
  }

  /** Bytes of what is kept. */
  get bytes(): number {
    return this.#entries.calculatedSize
  }

  get size(): number {
    return this.#entries.size
  }

  /** The copy, while it is fresh. */
  fresh(key: string, { ttlMs }: CacheRule): CachedAnswer<never> | undefined {
    const entry = this.#entries.get(key)
    const leftMs = entry === undefined ? 0 : entry.madeAtMs + ttlMs - this.#now()
    return entry === undefined || leftMs <= 0 ? undefined : hit(entry, leftMs, '')
  }

  async answer<Other>(request: CacheRequest<Other>): Promise<CachedAnswer<Other>> {
    const { key, rule } = request
    const entry = this.#entries.get(key)
    const leftMs = entry === undefined ? -Infinity : entry.madeAtMs + rule.ttlMs - this.#now()
    if (entry !== undefined && leftMs > 0) return hit(entry, leftMs, '')
    if (entry !== undefined && -leftMs < (rule.staleWhileRevalidateMs ?? 0)) {
      // A failure leaves the stale copy; the next request tries again.
      void this.#fly(request).catch(() => undefined)
      return hit(entry, leftMs, '; detail=revalidating')
    }
    const joined = this.#flights.has(key)
    const made = await this.#fly(request)
    if (made.failed && entry !== undefined && -leftMs < graceMs(rule)) return hit(entry, leftMs, '; detail=error')
    return missed(made, `evenkeel; fwd=${entry === undefined ? 'uri-miss' : 'stale'}${joined ? '; collapsed' : ''}`)
  }

  /** Puts a page in that was made at another time. */
  put(
    { key, path, tags }: Pick<CacheRequest<never>, 'key' | 'path' | 'tags'>,
    page: KeptPage,
    madeAtMs?: number,
  ): void {
    this.#entries.set(key, { ...page, path, tags, madeAtMs: madeAtMs ?? this.#now(), etag: etagOf(page) })
  }

  /** Returns how many were forgotten. */
  purge({ tags = [], paths = [] }: Purge): number {
    // What is being made now may show what was before the change.
    this.#purges += 1
    const all = tags.length === 0 && paths.length === 0
    const isMeant = (entry: Entry): boolean =>
      all || paths.includes(entry.path) || entry.tags.some((tag) => tags.includes(tag))
    const keys = [...this.#entries].filter(([, entry]) => isMeant(entry)).map(([key]) => key)
    for (const key of keys) this.#entries.delete(key)
    // Whoever asks from now on must not join a render that began before.
    this.#flights.clear()
    return keys.length
  }

  #fly<Other>(request: CacheRequest<Other>): Promise<Made<Other>> {
    const { key } = request
    const known = this.#flights.get(key) as Promise<Made<Other>> | undefined
    if (known !== undefined) return known
    const purges = this.#purges
    const flight = request.make().then((made) => {
      if (made.page !== undefined && purges === this.#purges) this.put(request, made.page)
      return made
    })
    this.#flights.set(key, flight)
    const land = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    }
    flight.then(land, land)
    return flight
  }
}

function graceMs({ staleWhileRevalidateMs = 0, staleIfErrorMs = defaultStaleIfErrorMs }: CacheRule): number {
  return staleWhileRevalidateMs + staleIfErrorMs
}

function missed<Other>({ page, other }: Made<Other>, note: string): CachedAnswer<Other> {
  if (page === undefined) return { kept: undefined, other, note }
  return { kept: { ...page, etag: etagOf(page) }, other: undefined, note: `${note}; stored` }
}

function hit(entry: Entry, leftMs: number, detail: string): CachedAnswer<never> {
  const { status, headers, html, etag } = entry
  const note = `evenkeel; hit; ttl=${Math.floor(leftMs / 1_000)}${detail}`
  return { kept: { status, headers, html, etag }, other: undefined, note }
}

function etagOf({ html }: KeptPage): string {
  return `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`
}
