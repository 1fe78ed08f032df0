import { Buffer } from 'node:buffer'
import type { createClient } from 'redis'
import { integer, knownOnly, optionError } from '../options/check.ts'
import type { SealedBatch, SendOutcome, Transport } from '../transport/transport.ts'
import { loadPeer } from '../util/peer.ts'

/** What is needed of a client of `redis` (node-redis). */
export interface RedisClient {
  sendCommand(args: readonly (string | Buffer)[]): Promise<unknown>
}

export interface RedisStreamTransportOptions {
  /** `redis://…`; a client of our own is opened and closed. Either this or `client`. */
  readonly url?: string
  /** A connected client of `redis`. It stays open. */
  readonly client?: RedisClient
  /** The stream, or a function that names it for a batch, by its key for example. */
  readonly stream: string | ((batch: SealedBatch) => string)
  /** Names the destination in metrics and in the spill. Default `redis`. */
  readonly name?: string
  /** Entries to keep, about (`MAXLEN ~`). Default: all. */
  readonly maxLength?: number
  /** How long a batch is remembered, so that a retry of one that was taken adds nothing. Default 10 min; 0 remembers nothing. */
  readonly dedupeMs?: number
}

/**
 * Adds the events of a batch, or none when the batch is known. One script, so that no failure leaves half a batch.
 * KEYS: stream, marker of the batch. ARGV: entries to keep (0: all), milliseconds to remember, then id and event in turn.
 */
const addBatch = `
if tonumber(ARGV[2]) > 0 and not redis.call('SET', KEYS[2], 1, 'NX', 'PX', ARGV[2]) then return 0 end
for i = 3, #ARGV, 2 do
  if ARGV[1] == '0' then redis.call('XADD', KEYS[1], '*', 'id', ARGV[i], 'event', ARGV[i + 1])
  else redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'id', ARGV[i], 'event', ARGV[i + 1]) end
end
return 1`

/**
 * Adds each event as an entry with the fields `id` and `event` to a Redis stream, a batch at a time, whole or not at all, once.
 * Needs `redis`, an optional peer dependency, unless a client is given.
 */
export function redisStreamTransport(options: RedisStreamTransportOptions): Transport {
  knownOnly('options', options, ['url', 'client', 'stream', 'name', 'maxLength', 'dedupeMs'])
  if ((options.url === undefined) === (options.client === undefined)) {
    throw optionError('url', 'given, or "client" instead of it', options.url)
  }
  const { stream } = options
  if (typeof stream !== 'function' && (typeof stream !== 'string' || stream === '')) {
    throw optionError('stream', 'the name of a stream or a function', stream)
  }
  const maxLength = integer('maxLength', options.maxLength ?? 0, { min: 0 })
  const dedupeMs = integer('dedupeMs', options.dedupeMs ?? 600_000, { min: 0 })
  const connection = new OwnClient(options.url ?? '')
  return {
    name: options.name ?? 'redis',
    async open() {
      if (options.client === undefined) await connection.open()
    },
    async send(batch) {
      const name = typeof stream === 'function' ? stream(batch) : stream
      const marker = `${name.includes('{') ? name : `{${name}}`}:batch:${batch.id}`
      const args: (string | Buffer)[] = ['EVAL', addBatch, '2', name, marker, String(maxLength), String(dedupeMs)]
      for (let index = 0; index < batch.count; index += 1) {
        const event = batch.at(index)
        args.push(batch.idAt(index), Buffer.from(event.buffer, event.byteOffset, event.length))
      }
      try {
        await (options.client ?? connection.client).sendCommand(args)
        return { status: 'delivered' }
      } catch (cause) {
        return outcomeOfError(cause)
      }
    },
    close: () => connection.close(),
  }
}

/** Replies that say what state the server is in, not that the command is wrong. */
const passing = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|OOM|NOREPLICAS|MOVED|ASK|MISCONF|UNKILLABLE)\b/
const credentials = /^(NOAUTH|WRONGPASS|NOPERM)\b/

function outcomeOfError(cause: unknown): SendOutcome {
  const message = cause instanceof Error ? cause.message : String(cause)
  const isReply = /^[A-Z]{3,} /.test(message)
  if (isReply && !passing.test(message) && !credentials.test(message)) return { status: 'rejected', cause }
  return { status: 'retry', blame: 'destination', cause }
}

type NodeRedis = ReturnType<typeof createClient>

/** A client that reconnects by itself for ever, and never queues commands while it has no connection: the processor has the queue. */
class OwnClient {
  readonly #url: string
  #client: NodeRedis | undefined

  constructor(url: string) {
    this.#url = url
  }

  get client(): RedisClient {
    if (this.#client === undefined) throw new Error('The client is not open')
    return this.#client as unknown as RedisClient
  }

  /** Resolves when connected; rejects with the next failure to connect. */
  async open(): Promise<void> {
    const client = (this.#client ??= await this.#create())
    if (client.isReady) return
    await new Promise<void>((resolve, reject) => {
      const settle = (run: () => void): void => {
        client.off('ready', ready)
        client.off('error', failed)
        run()
      }
      const ready = (): void => settle(resolve)
      const failed = (cause: Error): void => settle(() => reject(cause))
      client.on('ready', ready)
      client.on('error', failed)
      if (!client.isOpen) client.connect().catch(failed)
    })
    client.unref()
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    if (client?.isOpen === true) client.destroy()
  }

  async #create(): Promise<NodeRedis> {
    const redis = await loadPeer('redis', () => import('redis'))
    const client = redis.createClient({
      url: this.#url,
      disableOfflineQueue: true,
      socket: { connectTimeout: 5000, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 2000) },
    })
    // Without a listener a lost connection would end the process.
    client.on('error', () => undefined)
    return client as NodeRedis
  }
}
