import type { SealedBatch, Transport } from '@evenkeel/batch'
import type { ExecutionRecord, ExecutionsStore, SourceRecord } from '../../storage/executions-store.ts'

/** One execution on its way into the history, and its source when the history may not have it yet. */
export interface HistoryEvent {
  readonly record: ExecutionRecord
  readonly source?: SourceRecord
}

/** Writes batches of executions into the store. `onWrite` is told how each write ended. */
export function historyTransport(executions: ExecutionsStore, onWrite: (failed: boolean) => void): Transport {
  return {
    name: 'history',
    async send(batch) {
      const events = eventsOf(batch)
      const sources = events.map(({ source }) => source).filter((source) => source !== undefined)
      try {
        await executions.insert(
          events.map(({ record }) => record),
          sources,
        )
      } catch (cause) {
        onWrite(true)
        return { status: 'retry', blame: 'destination', cause }
      }
      onWrite(false)
      return { status: 'delivered' }
    },
  }
}

function eventsOf(batch: SealedBatch): HistoryEvent[] {
  return JSON.parse(Buffer.from(batch.jsonArray()).toString()) as HistoryEvent[]
}
