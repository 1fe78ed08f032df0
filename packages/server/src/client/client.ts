import { Connection, type ConnectionOptions, type Query } from './connection.ts'
import { pageCalls, type PageCalls } from './pages.ts'
import type {
  AsyncStarted,
  Deployment,
  Execution,
  ExecutionFilter,
  FunctionDetails,
  FunctionInput,
  FunctionSummary,
  FunctionVersion,
  InvokeOptions,
  Page,
  RunAnswer,
  RunRequest,
  Schedule,
  ScheduleInput,
} from './types.ts'

export type ClientOptions = ConnectionOptions

/** Every call rejects with `ClientError` for an answer that is an error, and when there is no answer. */
export interface Client {
  run<Result = unknown>(request: RunRequest, options?: CallOptions): Promise<RunAnswer<Result>>
  readonly functions: FunctionCalls
  readonly executions: ExecutionCalls
  readonly pages: PageCalls
}

export interface CallOptions {
  /** Aborting it cancels the run. */
  readonly signal?: AbortSignal
}

interface FunctionCalls {
  put(name: string, input: FunctionInput): Promise<Deployment>
  get(name: string, version?: number | string): Promise<FunctionDetails>
  list(query?: { readonly after?: string; readonly limit?: number }): Promise<Page<FunctionSummary>>
  delete(name: string): Promise<void>
  versions(name: string): Promise<readonly FunctionVersion[]>
  rollback(name: string, version: number): Promise<Deployment>
  setAlias(name: string, alias: string, version: number): Promise<FunctionSummary>
  deleteAlias(name: string, alias: string): Promise<void>
  invoke<Result = unknown>(name: string, options?: InvokeOptions & CallOptions): Promise<RunAnswer<Result>>
  /** Does not wait for the run; see `executions.wait`. */
  start(
    name: string,
    options?: InvokeOptions & {
      readonly retry?: { readonly attempts?: number; readonly backoffMs?: number }
      readonly idempotencyKey?: string
    },
  ): Promise<AsyncStarted>
  schedules(name: string): Promise<readonly Schedule[]>
  setSchedule(name: string, id: string, input: ScheduleInput): Promise<Schedule>
  deleteSchedule(name: string, id: string): Promise<void>
}

interface ExecutionCalls {
  list(filter?: ExecutionFilter): Promise<Page<Execution>>
  get(id: string): Promise<Execution>
  cancel(id: string): Promise<void>
  replay<Result = unknown>(id: string): Promise<RunAnswer<Result>>
  /** Asks until the execution is over. `everyMs` is the wait between questions, default 250. */
  wait(id: string, options?: CallOptions & { readonly everyMs?: number }): Promise<Execution>
}

/** Opens nothing: a client is an address and a token. */
export function createClient(options: ClientOptions): Client {
  const connection = new Connection(options)
  return {
    run: (request, { signal } = {}) => connection.ask('POST', '/v1/run', { body: request, signal }),
    functions: functionCalls(connection),
    executions: executionCalls(connection),
    pages: pageCalls(connection),
  }
}

function functionCalls(connection: Connection): FunctionCalls {
  const at = (name: string, rest = ''): string => `/v1/functions/${encodeURIComponent(name)}${rest}`
  const scheduleAt = (name: string, id: string): string => at(name, `/schedules/${encodeURIComponent(id)}`)
  const aliasAt = (name: string, alias: string): string => at(name, `/aliases/${encodeURIComponent(alias)}`)
  const items = async <Item>(path: string): Promise<readonly Item[]> =>
    (await connection.ask<{ items: readonly Item[] }>('GET', path)).items
  return {
    put: (name, input) => connection.ask('PUT', at(name), { body: input }),
    get: (name, version) => connection.ask('GET', at(name), { query: { version } }),
    list: (query = {}) => connection.ask('GET', '/v1/functions', { query: { ...query } }),
    delete: (name) => connection.ask('DELETE', at(name)),
    versions: (name) => items(at(name, '/versions')),
    rollback: (name, version) => connection.ask('POST', at(name, '/rollback'), { body: { version } }),
    setAlias: (name, alias, version) => connection.ask('PUT', aliasAt(name, alias), { body: { version } }),
    deleteAlias: (name, alias) => connection.ask('DELETE', aliasAt(name, alias)),
    invoke: (name, { version, signal, input } = {}) =>
      connection.ask('POST', at(name, '/invoke'), { query: { version }, body: { input }, signal }),
    start: (name, { version, ...body } = {}) =>
      connection.ask('POST', at(name, '/invoke'), { query: { version, mode: 'async' }, body }),
    schedules: (name) => items(at(name, '/schedules')),
    setSchedule: (name, id, input) => connection.ask('PUT', scheduleAt(name, id), { body: input }),
    deleteSchedule: (name, id) => connection.ask('DELETE', scheduleAt(name, id)),
  }
}

const over: ReadonlySet<string> = new Set(['succeeded', 'failed', 'refused', 'cancelled'])

function executionCalls(connection: Connection): ExecutionCalls {
  const at = (id: string, rest = ''): string => `/v1/executions/${encodeURIComponent(id)}${rest}`
  const get = (id: string): Promise<Execution> => connection.ask('GET', at(id))
  return {
    get,
    list: (filter = {}) => connection.ask('GET', '/v1/executions', { query: { ...filter } as Query }),
    cancel: async (id) => {
      await connection.ask('DELETE', at(id))
    },
    replay: (id) => connection.ask('POST', at(id, '/replay')),
    wait: async (id, { signal, everyMs = 250 } = {}) => {
      for (;;) {
        const execution = await get(id)
        if (over.has(execution.status)) return execution
        await pause(everyMs, signal)
      }
    },
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
