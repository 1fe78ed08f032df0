import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { TurnoverMap } from '@evenkeel/pool/turnover'
import { ServerError } from '../../errors/server-error.ts'
import type { ExecutionsStore } from '../executions-store.ts'
import type { FunctionsStore } from '../functions-store.ts'
import type { JobsStore } from '../jobs-store.ts'
import type { SchedulesStore } from '../schedules-store.ts'
import type { Storage, StorageConcerns, StorageHealth } from '../storage.ts'
import type { TokensStore } from '../tokens-store.ts'
import type { UsageStore } from '../usage-store.ts'
import type { StorageCall, StorageReply, StorageThreadData } from './calls.ts'

export interface SqliteStorageOptions {
  /** Folder that holds the database, made when missing. Absent: everything is in memory and gone with the process. */
  readonly dataDir?: string
  /** Size at which the store is full, in bytes. */
  readonly maxBytes?: number
}

/** Opens, and creates or updates, the embedded store. Throws `EK_STORAGE_OPEN`. Dispose of it to close the database. */
export async function openSqliteStorage(options: SqliteStorageOptions = {}): Promise<Storage> {
  const { dataDir, maxBytes } = options
  const file = dataDir === undefined ? ':memory:' : databaseFile(dataDir)
  const thread = new StorageThread({ file, ...(maxBytes === undefined ? {} : { maxBytes }) })
  try {
    await thread.opened
  } catch (error) {
    throw new ServerError(
      'EK_STORAGE_OPEN',
      `the store ${JSON.stringify(file)} cannot be opened: ${(error as Error).message}`,
    )
  }
  return new SqliteStorage(thread)
}

function databaseFile(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    writeFileSync(join(dataDir, '.gitignore'), '*\n')
  } catch (error) {
    throw new ServerError(
      'EK_STORAGE_OPEN',
      `the folder ${JSON.stringify(dataDir)} cannot be written: ${(error as Error).message}`,
    )
  }
  return join(dataDir, 'evenkeel.db')
}

class SqliteStorage implements Storage {
  readonly functions: FunctionsStore
  readonly tokens: TokensStore
  readonly executions: ExecutionsStore
  readonly usage: UsageStore
  readonly jobs: JobsStore
  readonly schedules: SchedulesStore
  readonly #thread: StorageThread

  constructor(thread: StorageThread) {
    this.#thread = thread
    this.functions = thread.concern('functions')
    this.tokens = thread.concern('tokens')
    this.executions = thread.concern('executions')
    this.usage = thread.concern('usage')
    this.jobs = thread.concern('jobs')
    this.schedules = thread.concern('schedules')
  }

  health(): StorageHealth {
    return this.#thread.health()
  }

  close(): Promise<void> {
    return this.#thread.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
  readonly what: string
}

/** The thread on which SQLite runs, and the calls that wait for it. */
class StorageThread {
  /** Rejects when the database cannot be opened. */
  readonly opened: Promise<void>
  readonly #worker: Worker
  readonly #waiting = new TurnoverMap<number, Waiting>()
  readonly #ended: Promise<void>
  #nextId = 1
  #failures = 0
  #trouble: { readonly what: string | undefined; readonly message: string } | undefined
  #closing: Promise<void> | undefined
  #gone: string | undefined

  constructor(data: StorageThreadData) {
    this.#worker = new Worker(new URL(import.meta.resolve('#storage')), {
      workerData: data,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: {},
      name: 'storage',
    })
    this.opened = new Promise((resolve, reject) => {
      this.#waiting.set(0, { resolve: () => resolve(), reject, what: 'open' })
    })
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    this.#worker.on('message', (reply: StorageReply) => this.#receive(reply))
    this.#worker.on('error', (error) => this.#lost(String(error)))
    void this.#ended.then(() => this.#lost('the storage thread has ended'))
  }

  /** An object whose methods are calls to the thread. */
  concern<Name extends keyof StorageConcerns>(name: Name): StorageConcerns[Name] {
    const call =
      (method: string) =>
      (...args: readonly unknown[]): Promise<unknown> =>
        this.#call(`${name}.${method}`, (id) => ({ id, concern: name, method, args }))
    return new Proxy({} as StorageConcerns[Name], { get: (_target, method) => call(String(method)) })
  }

  health(): StorageHealth {
    const failures = this.#failures
    return this.#trouble === undefined
      ? { status: 'ok', failures }
      : { status: 'failing', failures, message: this.#trouble.message }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    await this.#call('close', (id) => ({ id, concern: 'close' })).catch(() => undefined)
    await this.#ended
  }

  #call(what: string, message: (id: number) => StorageCall): Promise<unknown> {
    if (this.#gone !== undefined) return Promise.reject(unavailable(what, this.#gone))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, what })
      this.#worker.postMessage(message(id))
    })
  }

  #receive(reply: StorageReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.status === 'ok') {
      // What can be read says nothing of whether there is room to write.
      if (reply.wrote || this.#trouble?.what === waiting?.what) this.#trouble = undefined
      waiting?.resolve(reply.value)
      return
    }
    this.#failures += 1
    this.#trouble = { what: waiting?.what, message: reply.message }
    waiting?.reject(unavailable(waiting.what, reply.message))
  }

  #lost(message: string): void {
    this.#gone ??= message
    if (this.#closing === undefined) {
      this.#failures += this.#waiting.size
      this.#trouble = { what: undefined, message }
    }
    for (const waiting of this.#waiting.values()) waiting.reject(unavailable(waiting.what, message))
    this.#waiting.clear()
  }
}

function unavailable(what: string, message: string): ServerError {
  return new ServerError('EK_STORAGE_UNAVAILABLE', `the store could not answer "${what}": ${message}`, {
    status: 503,
    hint: 'Try again; the readiness of the server says whether it lasts',
  })
}
