import type { Writable } from 'node:stream'
import type { SendOutcome, Transport } from '../transport/transport.ts'

export interface StdoutTransportOptions {
  /** Names the destination in metrics and in the spill. Default `stdout`. */
  readonly name?: string
  /** Where to write instead of `process.stdout`. It stays open. */
  readonly stream?: Writable
}

/** Writes batches to standard output, one event a line. A batch counts as delivered when the stream has passed it on. */
export function stdoutTransport(options: StdoutTransportOptions = {}): Transport {
  const stream = options.stream ?? process.stdout
  return {
    name: options.name ?? 'stdout',
    framing: 'lines',
    send: (batch, { signal }) => write(stream, batch.lines(), signal),
  }
}

function write(stream: Writable, data: Uint8Array, signal: AbortSignal): Promise<SendOutcome> {
  return new Promise((resolve) => {
    const fail = (cause: unknown): void => settle({ status: 'retry', blame: 'destination', cause })
    const abort = (): void => fail(signal.reason)
    const settle = (outcome: SendOutcome): void => {
      // A failed write is told twice, by the callback and then by an event.
      setImmediate(() => stream.off('error', fail))
      signal.removeEventListener('abort', abort)
      resolve(outcome)
    }
    if (stream.destroyed || stream.writableEnded) return fail(new Error('The stream has ended'))
    // Without a listener an error of the stream, such as a closed pipe, would end the process.
    stream.on('error', fail)
    signal.addEventListener('abort', abort, { once: true })
    stream.write(data, (error) => (error ? fail(error) : settle({ status: 'delivered' })))
  })
}
