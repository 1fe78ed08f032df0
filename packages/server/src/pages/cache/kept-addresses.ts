import type { PageCache as CacheRule } from '../author/page-module.ts'
import type { RouteMeta } from '../render/messages.ts'

/** Where the copy for an address is kept. */
export interface KeptAddress {
  readonly key: string
  readonly rule: CacheRule
  readonly meta: RouteMeta
}

/** Addresses that are remembered; above it, all are forgotten and found again. */
const maxAddresses = 10_000

/**
 * Which copy answers an address, for rules by which nothing but the address counts: then the way through routing and keys, which is longer
 * than sending the copy, is gone once.
 */
export class KeptAddresses {
  readonly #addresses = new Map<string, KeptAddress>()
  #owner: object | undefined

  find(url: string, owner: object): KeptAddress | undefined {
    return this.#owner === owner ? this.#addresses.get(url) : undefined
  }

  /** `owner` is the build that the copy belongs to. */
  remember(url: string, owner: object, address: KeptAddress): void {
    const { vary = {} } = address.rule
    if ((vary.headers ?? []).length > 0 || (vary.cookies ?? []).length > 0) return
    if (this.#owner !== owner || this.#addresses.size >= maxAddresses) this.#addresses.clear()
    this.#owner = owner
    this.#addresses.set(url, address)
  }
}
