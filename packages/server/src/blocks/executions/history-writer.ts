import type { ExecutionRecord, ExecutionsStore, SourceRecord } from '../../storage/executions-store.ts'

export interface HistoryState {
  /** Executions that are not written yet. */
  readonly waiting: number
  /** Executions that will never be in the history. */
  readonly lost: number
  /** The last write failed. */
  readonly failing: boolean
}

export interface HistoryWriterOptions {
  readonly executions: ExecutionsStore
  readonly maxWaiting?: number
  readonly maxWaitingBytes?: number
}

interface Waiting {
  readonly record: ExecutionRecord
  readonly source: SourceRecord | undefined
  readonly bytes: number
}

const batchSize = 500
const flushAfterMs = 100
/** After a failed write, in milliseconds. */
const retryAfterMs = 1_000
const knownSources = 10_000

/**
 * Writes executions behind the answers, in batches. While the store fails they wait in memory, up to a bound; beyond it the newest
 * are lost, and counted.
 */
export class HistoryWriter implements AsyncDisposable {
  readonly #executions: ExecutionsStore
  readonly #maxWaiting: number
  readonly #maxWaitingBytes: number
  readonly #sources = new Set<string>()
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #inFlight: Waiting[] = []
  #lost = 0
  #failing = false
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor({ executions, maxWaiting = 20_000, maxWaitingBytes = 64 * 1_048_576 }: HistoryWriterOptions) {
    this.#executions = executions
    this.#maxWaiting = maxWaiting
    this.#maxWaitingBytes = maxWaitingBytes
  }

  /** Never throws, never waits. */
  add(record: ExecutionRecord, source?: SourceRecord): void {
    const bytes = sizeOf(record) + (source?.code.length ?? 0)
    const count = this.#waiting.length + this.#inFlight.length
    if (count >= this.#maxWaiting || this.#waitingBytes + bytes > this.#maxWaitingBytes) {
      this.#lost += 1
      return
    }
    this.#waitingBytes += bytes
    this.#waiting.push({ record, source: this.#unknown(source), bytes })
    if (this.#waiting.length >= batchSize && !this.#failing) void this.#write()
    else this.#writeAfter(this.#failing ? retryAfterMs : flushAfterMs)
  }

  state(): HistoryState {
    return { waiting: this.#waiting.length + this.#inFlight.length, lost: this.#lost, failing: this.#failing }
  }

  /** Resolves when everything added before is written or the store failed to take it. */
  async flush(): Promise<void> {
    await this.#writing
    while (this.#waiting.length > 0) {
      await this.#write()
      if (this.#failing) return
    }
  }

  /** One last try; what the store does not take is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush()
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#lost += this.#waiting.length
    this.#waiting = []
  }

  #writeAfter(waitMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#write()
    }, waitMs)
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeBatch().finally(() => (this.#writing = undefined))
    return this.#writing
  }

  async #writeBatch(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batch = this.#waiting.splice(0, batchSize)
    if (batch.length === 0) return
    this.#inFlight = batch
    try {
      const sources = batch.map(({ source }) => source).filter((source) => source !== undefined)
      await this.#executions.insert(
        batch.map(({ record }) => record),
        sources,
      )
      this.#failing = false
      for (const { bytes } of batch) this.#waitingBytes -= bytes
    } catch {
      this.#failing = true
      this.#waiting.unshift(...batch)
    } finally {
      this.#inFlight = []
    }
    if (this.#waiting.length > 0) this.#writeAfter(this.#failing ? retryAfterMs : 0)
  }

  /** A source goes along the first time; retention may drop it later, so what is known is forgotten now and then. */
  #unknown(source: SourceRecord | undefined): SourceRecord | undefined {
    if (source === undefined || this.#sources.has(source.digest)) return undefined
    if (this.#sources.size >= knownSources) this.#sources.clear()
    this.#sources.add(source.digest)
    return source
  }

  /** After old executions were deleted. */
  forgetSources(): void {
    this.#sources.clear()
  }
}

function sizeOf({ logs, error, input, result }: ExecutionRecord): number {
  return 500 + (logs?.length ?? 0) + (error?.length ?? 0) + (input?.length ?? 0) + (result?.length ?? 0)
}
