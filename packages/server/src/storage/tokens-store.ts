/** Hexadecimal digits of the hash by which a token is found. */
export const hashPrefixLength = 16

/** A token as it is kept: never the token itself. */
export interface TokenRecord {
  readonly id: string
  readonly name: string
  readonly tenant: string
  /** SHA-256 of the token. */
  readonly hash: Uint8Array
  readonly scopes: readonly string[]
  /** JSON of rate, concurrency and quota. */
  readonly limits: string
  readonly createdAtMs: number
  readonly expiresAtMs: number | null
  readonly revokedAtMs: number | null
  readonly lastUsedAtMs: number | null
}

/** What happened to a token, for its log. */
export interface TokenEvent {
  readonly tokenId: string
  readonly atMs: number
  /** Such as `created`, `revoked`, `changed`, `quota_exhausted`, `quota_reset`. */
  readonly action: string
  /** JSON. */
  readonly detail: string
}

export interface TokenPatch {
  readonly name?: string
  readonly scopes?: readonly string[]
  readonly limits?: string
  readonly expiresAtMs?: number | null
}

export interface TokensStore {
  insert(token: TokenRecord): Promise<void>
  /** Tokens whose hash starts with these {@link hashPrefixLength} hexadecimal digits: a key to find them by, compared in full by the caller. */
  byHashPrefix(prefix: string): Promise<readonly TokenRecord[]>
  get(id: string): Promise<TokenRecord | undefined>
  /** Newest first. */
  list(): Promise<readonly TokenRecord[]>
  /** False when there is no such token. */
  update(id: string, patch: TokenPatch): Promise<boolean>
  /** False when there is no such token or it was revoked before. */
  revoke(id: string, nowMs: number): Promise<boolean>
  /** Tokens that are neither revoked nor expired. */
  countActive(nowMs: number): Promise<number>
  touch(uses: readonly { readonly id: string; readonly atMs: number }[]): Promise<void>
  addEvents(events: readonly TokenEvent[]): Promise<void>
  /** Newest first. */
  events(tokenId: string, limit: number): Promise<readonly TokenEvent[]>
}
