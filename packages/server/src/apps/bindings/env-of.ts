import type { BatchProcessor } from '@evenkeel/batch'
import type { DatabaseSync } from 'node:sqlite'
import type { Pool } from 'pg'
import type { BindingsConfig } from './binding-config.ts'
import type { Cache } from './cache.ts'
import type { Counter } from './counter.ts'
import type { KeyValue } from './key-value.ts'
import type { RedisClient } from './redis-client.host.ts'

/** Reaches another app of the same server. */
export interface AppFetcher {
  fetch(input: Request | URL | string, init?: RequestInit): Promise<Response>
}

/** What each type of binding gives. */
export interface BindingTypes {
  readonly kv: KeyValue
  readonly counter: Counter
  readonly cache: Cache
  readonly sqlite: DatabaseSync
  readonly redis: RedisClient
  readonly postgres: Pool
  readonly secret: string
  readonly app: AppFetcher
  readonly batch: BatchProcessor<unknown>
}

/**
 * The type of `env` for a config.
 *
 * @example
 * const bindings = { DB: { type: 'sqlite' }, HITS: { type: 'counter' } } as const satisfies BindingsConfig
 * type Env = EnvOf<typeof bindings>
 */
export type EnvOf<Config extends BindingsConfig> = {
  readonly [Name in keyof Config]: Config[Name] extends { readonly type: infer Type extends keyof BindingTypes }
    ? BindingTypes[Type]
    : Config[Name] extends number
      ? number
      : Config[Name] extends boolean
        ? boolean
        : string
}
