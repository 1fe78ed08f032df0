import { BatchProcessor } from '@evenkeel/batch'
import type { ExecutionRecord, ExecutionsStore, SourceRecord } from '../../storage/executions-store.ts'
import { historyTransport, type HistoryEvent } from './history-transport.ts'

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

const batchSize = 500
const flushAfterMs = 100
/** Between tries of a store that fails, in milliseconds. */
const retry = { baseMs: 250, capMs: 1_000 } as const
/** A write that has not ended by then is made again, in milliseconds: the same execution twice is one row. */
const writeTimeoutMs = 60_000
const knownSources = 10_000

/**
 * Writes executions behind the answers, in batches. While the store fails they wait in memory, up to a bound; beyond it the newest
 * are lost, and counted.
 */
export class HistoryWriter implements AsyncDisposable {
  readonly #batch: BatchProcessor<HistoryEvent>
  readonly #sources = new Set<string>()
  #failing = false
  /** Aborted by the next write that fails. */
  #failure = new AbortController()

  constructor({ executions, maxWaiting = 20_000, maxWaitingBytes = 64 * 1_048_576 }: HistoryWriterOptions) {
    this.#batch = new BatchProcessor<HistoryEvent>({
      transport: historyTransport(executions, (failed) => this.#written(failed)),
      batch: { maxEvents: Math.min(batchSize, maxWaiting), maxBytes: maxWaitingBytes, maxAgeMs: flushAfterMs },
      buffer: { maxEvents: maxWaiting, maxBytes: maxWaitingBytes, whenFull: 'drop-newest' },
      inFlight: 1,
      ordering: 'per-key',
      requestTimeoutMs: writeTimeoutMs,
      retry,
      exit: 'none',
    })
  }

  /** Never throws, never waits. */
  add(record: ExecutionRecord, source?: SourceRecord): void {
    if (source === undefined || this.#sources.has(source.digest)) {
      this.#batch.add({ record })
      return
    }
    // A source goes along the first time; retention may drop it later, so what is known is forgotten now and then.
    if (this.#batch.add({ record, source }) !== 'accepted') return
    if (this.#sources.size >= knownSources) this.#sources.clear()
    this.#sources.add(source.digest)
  }

  state(): HistoryState {
    const { buffered, inFlight, refused, dropped } = this.#batch.stats()
    const lost = sum(refused) + sum(dropped)
    return { waiting: buffered + inFlight, lost, failing: this.#failing }
  }

  /** Resolves when everything added before is written, or when a write fails. */
  async flush(): Promise<void> {
    await this.#batch.flush({ signal: this.#failure.signal })
  }

  /** One last try; what the store does not take is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush()
    await this.#batch.close({ deadlineMs: 0, leftovers: 'drop' })
  }

  /** After old executions were deleted. */
  forgetSources(): void {
    this.#sources.clear()
  }

  #written(failed: boolean): void {
    this.#failing = failed
    if (!failed) return
    const failure = this.#failure
    this.#failure = new AbortController()
    failure.abort()
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
