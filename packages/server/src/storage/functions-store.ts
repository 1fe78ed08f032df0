/** A stored function; the versions hold its code. */
export interface FunctionRecord {
  readonly name: string
  /** Whose it is. */
  readonly tenant: string
  /** The token that stored it, which pays for calls without a token; null when it was stored without one. */
  readonly ownerToken: string | null
  readonly currentVersion: number
  readonly description: string
  readonly aliases: Readonly<Record<string, number>>
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export interface VersionRecord {
  readonly name: string
  readonly version: number
  /** JSON of everything but the secrets. */
  readonly spec: string
  /** Sealed; null when there are none. */
  readonly secrets: Uint8Array | null
  /** Equal digests mean equal versions. */
  readonly digest: string
  readonly createdAtMs: number
}

export interface NewVersion {
  readonly name: string
  readonly tenant: string
  readonly ownerToken: string | null
  readonly description: string
  readonly spec: string
  readonly secrets: Uint8Array | null
  readonly digest: string
  readonly nowMs: number
  /** Older versions beyond this number are deleted, except the current one and those with an alias. */
  readonly keepVersions: number
}

/** `unchanged`: the current version already is this. `taken`: the name belongs to another tenant. */
export type AddVersionResult =
  | { readonly status: 'added' | 'unchanged'; readonly version: number; readonly previousVersion: number | null }
  | { readonly status: 'taken' }

export interface FunctionsQuery {
  /** All when absent. */
  readonly tenants?: readonly string[]
  /** Names after this one. */
  readonly after?: string
  readonly limit: number
}

export interface FunctionsStore {
  get(name: string): Promise<FunctionRecord | undefined>
  /** By name. */
  list(query: FunctionsQuery): Promise<readonly FunctionRecord[]>
  addVersion(version: NewVersion): Promise<AddVersionResult>
  version(name: string, version: number): Promise<VersionRecord | undefined>
  /** Newest first. */
  versions(name: string): Promise<readonly VersionRecord[]>
  /** False when there is no such version. */
  setCurrent(name: string, version: number, nowMs: number): Promise<boolean>
  /** `version` null removes the alias. False when there is no such version or alias. */
  setAlias(name: string, alias: string, version: number | null): Promise<boolean>
  /** With versions, aliases and schedules. False when there is no such function. */
  delete(name: string): Promise<boolean>
}
