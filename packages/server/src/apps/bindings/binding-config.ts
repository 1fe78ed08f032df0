/** Where a key-value or counter binding keeps its entries: `{ url }` or `{ urlFromEnv }` names a Redis; without it, a SQLite file of the app. */
interface SharedPlace {
  /** `redis://` or `rediss://`. */
  readonly url?: string
  /** The variable that holds the address. */
  readonly urlFromEnv?: string
}

/** Gives a `KeyValue`. */
export interface KeyValueConfig extends SharedPlace {
  readonly type: 'kv'
  /** Largest value as JSON. Default 1 MiB. */
  readonly maxValueBytes?: number
}

/** Gives a `Counter`. */
export interface CounterConfig extends SharedPlace {
  readonly type: 'counter'
}

/** Gives a `Cache`, of each runtime its own. */
export interface CacheConfig {
  readonly type: 'cache'
  /** Default 32 MiB. */
  readonly maxBytes?: number
  /** How long an entry stays when it does not say. Default: until there is no room. */
  readonly ttlMs?: number
}

/** Gives a `DatabaseSync` of `node:sqlite`, with a write-ahead log and foreign keys. */
export interface SqliteConfig {
  readonly type: 'sqlite'
  /** Below the app's data folder, or `:memory:`. Default: the name of the binding and `.sqlite`. */
  readonly path?: string
  /** Folder of `*.sql` files, below the app's folder. Each is applied once, in the order of their names. */
  readonly migrations?: string
  /** How long a statement blocks for a lock of another runtime, in milliseconds. Default 1000. */
  readonly busyTimeoutMs?: number
}

/** Gives a client of `redis`, connected; its commands fail at once while it is not. */
export interface RedisConfig {
  readonly type: 'redis'
  readonly url?: string
  readonly urlFromEnv?: string
  /** Whether the app does not start without it. Default true. */
  readonly required?: boolean
  /** For connecting, and for each command. Default 5000. */
  readonly timeoutMs?: number
}

/** Gives a `Pool` of `pg`. */
export interface PostgresConfig {
  readonly type: 'postgres'
  readonly url?: string
  readonly urlFromEnv?: string
  /** Connections of each runtime at most. Default 4. */
  readonly max?: number
  /** Whether the app does not start without it. Default true. */
  readonly required?: boolean
  /** For connecting, and how long a query waits for a free connection. Default 5000. */
  readonly connectTimeoutMs?: number
  /** After which the database ends a statement. Default 30000. */
  readonly statementTimeoutMs?: number
}

/** Gives the text of an environment variable. */
export interface SecretConfig {
  readonly type: 'secret'
  readonly fromEnv: string
}

/** Gives an `AppFetcher`: `env.NAME.fetch(request)` reaches another app of the same server. */
export interface AppConfig {
  readonly type: 'app'
  /** Of the app. */
  readonly name: string
}

/** Where a batch binding ships events. */
export type BatchDestinationConfig =
  | {
      readonly type: 'http'
      readonly url: string
      readonly headers?: Readonly<Record<string, string>>
      /** Headers whose values are environment variables, such as `{ authorization: 'EVENTS_TOKEN' }`. */
      readonly headersFromEnv?: Readonly<Record<string, string>>
      /** Default `ndjson`. */
      readonly format?: 'ndjson' | 'json-array'
    }
  | { readonly type: 'redis'; readonly url?: string; readonly urlFromEnv?: string; readonly stream: string }
  | {
      readonly type: 'file'
      /** Below the app's data folder. */
      readonly path: string
      /** Size from which a new file is begun. Default: never. */
      readonly rotateBytes?: number
    }
  | { readonly type: 'stdout' }

/** Gives a `BatchProcessor` of `@evenkeel/batch`. */
export interface BatchConfig {
  readonly type: 'batch'
  readonly destination: BatchDestinationConfig
  /** Events in a batch at most. Default 1000. */
  readonly maxEvents?: number
  /** Bytes of a batch at most. Default 1 MiB. */
  readonly maxBytes?: number
  /** How long the oldest event waits at most. Default 1000 ms. */
  readonly maxAgeMs?: number
  /** Events in memory at most, and what happens to the next one. */
  readonly buffer?: {
    readonly maxEvents?: number
    readonly maxBytes?: number
    readonly whenFull?: 'block' | 'drop-newest' | 'drop-oldest' | 'spill'
  }
  /** Keeps on disk what memory cannot hold (`overflow`) or every event (`wal`). Default: nothing is kept on disk. */
  readonly spill?: { readonly mode?: 'overflow' | 'wal'; readonly maxBytes?: number }
  /** Time to send what is left at the end. Default 10 s. */
  readonly closeDeadlineMs?: number
}

export type BindingConfig =
  | KeyValueConfig
  | CounterConfig
  | CacheConfig
  | SqliteConfig
  | RedisConfig
  | PostgresConfig
  | SecretConfig
  | AppConfig
  | BatchConfig

/** What an app finds in `env`, by name. Texts, numbers and booleans are given as they are. Safe to write as JSON. */
export type BindingsConfig = Readonly<Record<string, BindingConfig | string | number | boolean>>
