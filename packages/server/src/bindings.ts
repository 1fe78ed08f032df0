/** What an app finds in `env`: opening it, and its types. */
export { openBindings } from './apps/bindings/bindings.host.ts'
export type { Bindings, BindingsOptions } from './apps/bindings/bindings.host.ts'
export { resolveBindings } from './apps/bindings/resolve-bindings.ts'
export type { Environment, ResolvedBinding } from './apps/bindings/resolve-bindings.ts'
export type {
  AppConfig,
  BatchConfig,
  BatchDestinationConfig,
  BindingConfig,
  BindingsConfig,
  CacheConfig,
  CounterConfig,
  KeyValueConfig,
  PostgresConfig,
  RedisConfig,
  SecretConfig,
  SqliteConfig,
} from './apps/bindings/binding-config.ts'
export type { AppFetcher, BindingTypes, EnvOf } from './apps/bindings/env-of.ts'
export type { Cache, CacheStats, CacheWriteOptions } from './apps/bindings/cache.ts'
export type { Counter } from './apps/bindings/counter.ts'
export type { KeyValue, KeyValueWriteOptions } from './apps/bindings/key-value.ts'
export { transaction } from './apps/bindings/transaction.ts'
