import { BatchError } from '../errors/batch-error.ts'

interface Sink<T> {
  offer(event: T): Promise<string>
  flush(): Promise<unknown>
}

/** A stream that waits for room. One bad event does not end it; a closed processor does, with `EK_BATCH_CLOSED`. */
export function writableInto<T>(sink: Sink<T>, options: { readonly highWaterMark?: number }): WritableStream<T> {
  return new WritableStream<T>(
    {
      async write(event) {
        const result = await sink.offer(event)
        if (result === 'closed') throw new BatchError('EK_BATCH_CLOSED', 'Cannot write: the processor is closed')
      },
      async close() {
        await sink.flush()
      },
    },
    new CountQueuingStrategy({ highWaterMark: options.highWaterMark ?? 16 }),
  )
}
