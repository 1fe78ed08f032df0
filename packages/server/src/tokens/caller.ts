import type { Scope } from './scopes.ts'
import type { TokenLimits } from './token-limits.ts'

/** Who asks: the holder of a token, or somebody without one where that is allowed. */
export interface Caller {
  /** Whose work it is; the pool keeps tenants apart. */
  readonly tenant: string
  readonly token: TokenIdentity | undefined
  readonly scopes: ReadonlySet<Scope>
}

export interface TokenIdentity {
  readonly id: string
  readonly limits: TokenLimits
}

/** All who come without a token share it. */
export const anonymousTenant = 'anonymous'

/** Owns the functions of the project folder, which everybody may call and nobody may change. */
export const projectTenant = 'project'
