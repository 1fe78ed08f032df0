import { Writable } from 'node:stream'
import type { StreamItem, StreamWriter } from '../contract/streams.ts'
import type { AnswerWriter } from './program.ts'

/** A stream's writer with what Node programs expect of one. */
export function answerWriter(writer: StreamWriter): AnswerWriter {
  return {
    write: (item) => writer.write(item),
    end: () => writer.end(),
    closed: writer.closed,
    toWritable: () => writableInto(writer),
  }
}

function writableInto(writer: StreamWriter): Writable {
  const settle = (promise: Promise<void>, after: (error?: Error | null) => void): void => {
    promise.then(() => after(), after)
  }
  const writable = new Writable({
    write: (chunk: Buffer, _encoding, callback) => settle(writer.write(chunk), callback),
    writev: (chunks, callback) => {
      const joined = Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer))
      settle(writer.write(joined), callback)
    },
    final: (callback) => settle(writer.end(), callback),
  })
  // The reader is gone although the program may not be writing just now.
  const gone = (): void => void writable.destroy()
  writer.closed.addEventListener('abort', gone, { once: true })
  writable.once('close', () => writer.closed.removeEventListener('abort', gone))
  return writable
}

/** A writer without a reader, for warming. */
export function discardingWriter(): AnswerWriter {
  const closed = new AbortController().signal
  return answerWriter({ write: (_item: StreamItem) => Promise.resolve(), end: () => Promise.resolve(), closed })
}
