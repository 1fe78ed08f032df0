import { hashPrefixLength, type TokenRecord, type TokensStore } from '../storage/tokens-store.ts'
import type { Caller } from './caller.ts'
import type { Scope } from './scopes.ts'
import { hashOf, isSameHash } from './secret.ts'
import type { TokenLimits } from './token-limits.ts'
import { tokenStatus } from './token-service.ts'

interface Entry {
  readonly record: TokenRecord
  readonly caller: Caller
  readonly checkedAtMs: number
}

/** What is known of a token is asked for again after this time, in milliseconds: another process may have revoked it. */
const freshMs = 2_000
const maxEntries = 10_000

/** Finds the caller behind a token: in memory, and in the store when that is too old. */
export class TokenDirectory {
  readonly #tokens: TokensStore
  readonly #now: () => number
  readonly #byHash = new Map<string, Entry>()
  readonly #byId = new Map<string, Entry>()

  constructor(tokens: TokensStore, now: () => number = Date.now) {
    this.#tokens = tokens
    this.#now = now
  }

  /** Undefined for a token that is unknown, expired or revoked. While the store is down, what is in memory counts. */
  async bySecret(secret: string): Promise<Caller | undefined> {
    const hash = hashOf(secret)
    const key = Buffer.from(hash).toString('hex')
    const entry = this.#byHash.get(key)
    if (entry !== undefined && this.#isFresh(entry)) return this.#callerOf(entry)
    const record = await this.#lookUp(entry, async () => {
      const candidates = await this.#tokens.byHashPrefix(key.slice(0, hashPrefixLength))
      return candidates.find((candidate) => isSameHash(candidate.hash, hash))
    })
    return record === undefined
      ? this.#forget(this.#byHash, key)
      : this.#callerOf(this.#keep(this.#byHash, key, record))
  }

  /** For runs that a token pays for without being presented, such as schedules. */
  async byId(id: string): Promise<Caller | undefined> {
    const entry = this.#byId.get(id)
    if (entry !== undefined && this.#isFresh(entry)) return this.#callerOf(entry)
    const record = await this.#lookUp(entry, () => this.#tokens.get(id))
    return record === undefined ? this.#forget(this.#byId, id) : this.#callerOf(this.#keep(this.#byId, id, record))
  }

  /** The next question goes to the store. */
  clear(): void {
    this.#byHash.clear()
    this.#byId.clear()
  }

  async #lookUp(
    entry: Entry | undefined,
    ask: () => Promise<TokenRecord | undefined>,
  ): Promise<TokenRecord | undefined> {
    try {
      return await ask()
    } catch (error) {
      if (entry === undefined) throw error
      return entry.record
    }
  }

  #isFresh({ checkedAtMs }: Entry): boolean {
    return this.#now() - checkedAtMs < freshMs
  }

  #callerOf({ record, caller }: Entry): Caller | undefined {
    return tokenStatus(record, this.#now()) === 'active' ? caller : undefined
  }

  #keep(entries: Map<string, Entry>, key: string, record: TokenRecord): Entry {
    const entry = { record, caller: callerOf(record), checkedAtMs: this.#now() }
    entries.delete(key)
    entries.set(key, entry)
    if (entries.size > maxEntries) this.#forget(entries, entries.keys().next().value ?? '')
    return entry
  }

  #forget(entries: Map<string, Entry>, key: string): undefined {
    entries.delete(key)
    return undefined
  }
}

function callerOf({ id, tenant, scopes, limits }: TokenRecord): Caller {
  return Object.freeze({
    tenant,
    token: { id, limits: JSON.parse(limits) as TokenLimits },
    scopes: new Set(scopes as readonly Scope[]),
  })
}
