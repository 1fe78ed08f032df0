import { join } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'
import { openBatch } from './batch-binding.host.ts'
import type { BindingsConfig, CounterConfig, KeyValueConfig, RedisConfig, SqliteConfig } from './binding-config.ts'
import { MemoryCache } from './cache.ts'
import { StoredCounter } from './counter.ts'
import type { AppFetcher } from './env-of.ts'
import { StoredKeyValue } from './key-value.ts'
import { openPostgres } from './postgres-pool.host.ts'
import { openRedis, type RedisClient } from './redis-client.host.ts'
import { RedisStore } from './redis-store.host.ts'
import { pathBelow, resolveBindings, type Environment, type ResolvedBinding } from './resolve-bindings.ts'
import type { SharedStore } from './shared-store.ts'
import { openSqliteDatabase } from './sqlite-database.host.ts'
import { SqliteStore } from './sqlite-store.host.ts'

export interface BindingsOptions {
  readonly config: BindingsConfig
  /** Name of the app: what it shares in Redis is kept under it. */
  readonly app: string
  /** Folder of the app's files, made when missing. All runtimes of the app have the same one. */
  readonly dataDir: string
  /** Folder of relative paths such as that of the migrations. Default: the working directory. */
  readonly appDir?: string
  /** Where secrets come from. Default `process.env`. */
  readonly environment?: Environment
  /** Size at which the file of key-value and counter bindings takes no more. Default 1 GiB. */
  readonly maxSharedBytes?: number
  /** Gives the other apps of the server. Default: there are none. */
  readonly openApp?: (name: string) => AppFetcher
  /** Milliseconds since 1970, for the time entries live. For tests. */
  readonly now?: () => number
}

/** What an app finds in `env`. Disposal sends events that wait, and closes files and connections; nothing may be used after it. */
export interface Bindings extends AsyncDisposable {
  readonly env: Readonly<Record<string, unknown>>
}

/** The file of key-value and counter bindings. */
const sharedFile = 'shared.sqlite'
const redisDefaults = { required: true, timeoutMs: 5_000 }
/** How long a write of a key-value or counter binding waits for other runtimes. */
const sharedBusyTimeoutMs = 5_000

/**
 * Opens what an app's config asks for. Throws, with nothing left open, `EK_BINDING_INVALID` for a wrong config, `EK_BINDING_OPEN` when
 * a file or service cannot be used, `EK_BINDING_DRIVER` when a package is not installed, `EK_BINDING_MIGRATION`.
 */
export async function openBindings(options: BindingsOptions): Promise<Bindings> {
  const resolved = resolveBindings(options.config, options.environment ?? process.env)
  await using opening = new AsyncDisposableStack()
  const opener = new Opener(options, opening)
  const env: Record<string, unknown> = {}
  for (const [name, binding] of resolved) env[name] = await namingIts(name, () => opener.open(name, binding))
  const opened = opening.move()
  return { env: Object.freeze(env), [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

async function namingIts<Value>(name: string, open: () => Promise<Value>): Promise<Value> {
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof ServerError) || error.code === 'EK_BINDING_INVALID') throw error
    const hint = error.hint === undefined ? {} : { hint: error.hint }
    throw new ServerError(error.code, `the binding "${name}" is not available: ${error.message}`, {
      cause: error,
      ...hint,
    })
  }
}

/** Opens bindings one by one; those that share a file or a connection share it. */
class Opener {
  readonly #options: BindingsOptions
  readonly #stack: AsyncDisposableStack
  readonly #stores = new Map<string, Promise<SharedStore>>()

  constructor(options: BindingsOptions, stack: AsyncDisposableStack) {
    this.#options = options
    this.#stack = stack
  }

  async open(name: string, binding: ResolvedBinding): Promise<unknown> {
    switch (binding.type) {
      case 'value':
        return binding.value
      case 'kv':
        return this.#keyValue(name, binding)
      case 'counter':
        return new StoredCounter({ store: await this.#store(binding), space: name })
      case 'cache':
        return this.#cache(binding)
      case 'sqlite':
        return this.#sqlite(name, binding)
      case 'redis':
        return this.#redis(binding)
      case 'postgres':
        return this.#postgres(binding)
      case 'app':
        return this.#app(name, binding.name)
      case 'batch':
        return this.#batch(name, binding)
      case 'secret':
        throw new Error('secrets are resolved to their values')
    }
  }

  async #keyValue(name: string, config: KeyValueConfig): Promise<StoredKeyValue> {
    const { maxValueBytes = 1_048_576 } = config
    return new StoredKeyValue({ store: await this.#store(config), space: name, maxValueBytes })
  }

  #cache(config: { readonly maxBytes?: number; readonly ttlMs?: number }): MemoryCache {
    const { maxBytes = 32 * 1_048_576, ttlMs } = config
    return new MemoryCache({ maxBytes, ttlMs, now: this.#options.now ?? (() => performance.now()) })
  }

  async #sqlite(name: string, config: SqliteConfig): Promise<unknown> {
    const { path = `${name}.sqlite`, migrations, busyTimeoutMs = 1_000 } = config
    const { dataDir, appDir = process.cwd() } = this.#options
    const database = await openSqliteDatabase({
      file: path === ':memory:' ? path : pathBelow(dataDir, path, { name, option: 'path' }),
      migrations: migrations === undefined ? undefined : pathBelow(appDir, migrations, { name, option: 'migrations' }),
      busyTimeoutMs,
    })
    this.#stack.defer(() => {
      if (database.isOpen) database.close()
    })
    return database
  }

  async #redis(config: RedisConfig): Promise<RedisClient> {
    const client = await openRedis({ ...redisDefaults, ...config, url: config.url ?? '' })
    this.#stack.defer(async () => {
      if (client.isReady) await client.close()
      else if (client.isOpen) client.destroy()
    })
    return client
  }

  async #postgres(config: Extract<ResolvedBinding, { type: 'postgres' }>): Promise<unknown> {
    const { url = '', max = 4, required = true, connectTimeoutMs = 5_000, statementTimeoutMs = 30_000 } = config
    const pool = await openPostgres({ url, max, required, connectTimeoutMs, statementTimeoutMs })
    this.#stack.defer(async () => {
      if (!pool.ended) await pool.end()
    })
    return pool
  }

  #app(name: string, app: string): AppFetcher {
    const { openApp } = this.#options
    if (openApp !== undefined) return openApp(app)
    throw new ServerError(
      'EK_BINDING_INVALID',
      `the option "bindings.${name}" names the app "${app}", but this server has only one`,
    )
  }

  async #batch(name: string, config: Extract<ResolvedBinding, { type: 'batch' }>): Promise<unknown> {
    const { dataDir } = this.#options
    if (config.destination.type === 'file')
      pathBelow(dataDir, config.destination.path, { name, option: 'destination.path' })
    const batch = await openBatch({ config, dataDir, spillFolder: join(dataDir, 'batch', name) })
    this.#stack.defer(async () => void (await batch.close()))
    return batch
  }

  /** One file and one connection for all bindings of an app that share a place. */
  #store(config: KeyValueConfig | CounterConfig): Promise<SharedStore> {
    const place = config.url ?? ''
    const known = this.#stores.get(place)
    if (known !== undefined) return known
    const opening = this.#openStore(place).then((store) => this.#stack.use(store))
    this.#stores.set(place, opening)
    return opening
  }

  async #openStore(url: string): Promise<SharedStore> {
    const { app, dataDir, maxSharedBytes = 1_073_741_824, now = Date.now } = this.#options
    if (url !== '') return new RedisStore(await openRedis({ url, ...redisDefaults }), `evenkeel:${app}:`)
    const file = join(dataDir, sharedFile)
    return SqliteStore.open({ file, maxBytes: maxSharedBytes, busyTimeoutMs: sharedBusyTimeoutMs, now })
  }
}
