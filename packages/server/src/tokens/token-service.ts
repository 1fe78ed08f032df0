import { randomBytes } from 'node:crypto'
import { ServerError } from '../errors/server-error.ts'
import type { Storage } from '../storage/storage.ts'
import type { TokenEvent, TokenPatch, TokenRecord } from '../storage/tokens-store.ts'
import type { DailyUse, QuotaUse } from '../storage/usage-store.ts'
import type { Admission } from './admission.ts'
import { defaultScopes, type Scope } from './scopes.ts'
import { hashOf, newSecret } from './secret.ts'
import { periodOf, type TokenLimits } from './token-limits.ts'

export interface NewToken {
  readonly name: string
  /** Default: the token's id, so that each token is a tenant of its own. */
  readonly tenant?: string
  /** Default: everything but `admin`. */
  readonly scopes?: readonly Scope[]
  readonly limits?: TokenLimits
  /** Milliseconds since the epoch. Default: never. */
  readonly expiresAtMs?: number
  /** A token that clients already have, such as one of another service. Default: a new random one. */
  readonly secret?: string
}

/** A token as it may be shown. */
export interface TokenView {
  readonly id: string
  readonly name: string
  readonly tenant: string
  readonly scopes: readonly string[]
  readonly limits: TokenLimits
  readonly status: 'active' | 'expired' | 'revoked'
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
  readonly lastUsedAt: string | null
}

export interface TokenChange {
  readonly name?: string
  readonly scopes?: readonly Scope[]
  readonly limits?: TokenLimits
  readonly expiresAtMs?: number | null
}

export interface TokenUsage {
  readonly running: number
  readonly quota: (QuotaUse & { readonly period: string }) | null
  readonly daily: readonly DailyUse[]
}

/** Shorter ones could be guessed. */
const minSecretLength = 20
const usageDays = 31

export interface TokenServiceOptions {
  readonly storage: Storage
  /** Told when the limits of a token change. */
  readonly admission?: Admission
  /** Told when what is known of tokens is out of date. */
  readonly changed?: () => void
  readonly now?: () => number
}

/** Creates, lists, changes and revokes tokens. The token itself leaves it once, when it is created. */
export class TokenService {
  readonly #storage: Storage
  readonly #admission: Admission | undefined
  readonly #changed: () => void
  readonly #now: () => number

  constructor({ storage, admission, changed = () => undefined, now = Date.now }: TokenServiceOptions) {
    this.#storage = storage
    this.#admission = admission
    this.#changed = changed
    this.#now = now
  }

  async create(options: NewToken): Promise<TokenView & { readonly token: string }> {
    const secret = options.secret ?? newSecret()
    if (secret.length < minSecretLength || /\s/.test(secret))
      throw new ServerError('EK_REQUEST_INVALID', `a token needs at least ${minSecretLength} characters and no blanks`)
    const id = `tok_${randomBytes(9).toString('base64url')}`
    const record: TokenRecord = {
      id,
      name: options.name,
      tenant: options.tenant ?? id,
      hash: hashOf(secret),
      scopes: options.scopes ?? defaultScopes,
      limits: JSON.stringify(options.limits ?? {}),
      createdAtMs: this.#now(),
      expiresAtMs: options.expiresAtMs ?? null,
      revokedAtMs: null,
      lastUsedAtMs: null,
    }
    await this.#storage.tokens.insert(record)
    await this.#log(id, 'created', { name: record.name, scopes: record.scopes, limits: options.limits ?? {} })
    return { ...this.#view(record), token: secret }
  }

  async list(): Promise<readonly TokenView[]> {
    return (await this.#storage.tokens.list()).map((record) => this.#view(record))
  }

  async get(id: string): Promise<TokenView> {
    return this.#view(await this.#record(id))
  }

  async change(id: string, change: TokenChange): Promise<TokenView> {
    const before = await this.#record(id)
    const { limits, ...rest } = change
    const patch: TokenPatch = { ...rest, ...(limits === undefined ? {} : { limits: JSON.stringify(limits) }) }
    await this.#storage.tokens.update(id, patch)
    await this.#log(id, 'changed', { before: JSON.parse(before.limits) as unknown, change })
    await this.#admission?.forget(id)
    this.#changed()
    return this.get(id)
  }

  /** In force at once here, and on other servers with the same store within two seconds. */
  async revoke(id: string): Promise<TokenView> {
    await this.#record(id)
    if (await this.#storage.tokens.revoke(id, this.#now())) await this.#log(id, 'revoked', {})
    this.#changed()
    return this.get(id)
  }

  async usage(id: string): Promise<TokenUsage> {
    const { limits } = this.#view(await this.#record(id))
    await this.#admission?.flush()
    const nowMs = this.#now()
    const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
    const from = day(nowMs - (usageDays - 1) * 86_400_000)
    const period = limits.quota === undefined ? undefined : periodOf(limits.quota.period, nowMs)
    return {
      running: this.#admission?.runningOf(id) ?? 0,
      quota: period === undefined ? null : { period, ...(await this.#storage.usage.quota(id, period)) },
      daily: await this.#storage.usage.daily({ tokenId: id, from, to: day(nowMs) }),
    }
  }

  /** The period starts anew. */
  async resetQuota(id: string): Promise<TokenUsage> {
    const { limits } = this.#view(await this.#record(id))
    if (limits.quota !== undefined) {
      const before = await this.usage(id)
      await this.#admission?.forget(id)
      await this.#storage.usage.resetQuota(id, periodOf(limits.quota.period, this.#now()))
      await this.#log(id, 'quota_reset', { before: before.quota })
    }
    return this.usage(id)
  }

  async events(id: string, limit: number): Promise<readonly TokenEvent[]> {
    await this.#record(id)
    return this.#storage.tokens.events(id, limit)
  }

  async #record(id: string): Promise<TokenRecord> {
    const record = await this.#storage.tokens.get(id)
    if (record !== undefined) return record
    throw new ServerError('EK_TOKEN_NOT_FOUND', `there is no token with the id ${JSON.stringify(id)}`, { status: 404 })
  }

  async #log(tokenId: string, action: string, detail: unknown): Promise<void> {
    await this.#storage.tokens.addEvents([{ tokenId, atMs: this.#now(), action, detail: JSON.stringify(detail) }])
  }

  #view(record: TokenRecord): TokenView {
    const { id, name, tenant, scopes, limits } = record
    return {
      id,
      name,
      tenant,
      scopes,
      limits: JSON.parse(limits) as TokenLimits,
      status: tokenStatus(record, this.#now()),
      createdAt: new Date(record.createdAtMs).toISOString(),
      expiresAt: isoOrNull(record.expiresAtMs),
      revokedAt: isoOrNull(record.revokedAtMs),
      lastUsedAt: isoOrNull(record.lastUsedAtMs),
    }
  }
}

export function tokenStatus({ revokedAtMs, expiresAtMs }: TokenRecord, nowMs: number): TokenView['status'] {
  if (revokedAtMs !== null) return 'revoked'
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'active'
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
