import { Writable } from 'node:stream'
import { transportConformance } from '../../src/conformance/suite.ts'
import { stdoutTransport } from '../../src/file/stdout-transport.ts'

transportConformance({
  name: 'stdout',
  async create() {
    const chunks: Buffer[] = []
    const stream = new Writable({
      highWaterMark: 100,
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk)
        setImmediate(done)
      },
    })
    return {
      transport: stdoutTransport({ stream }),
      received: async () => Buffer.concat(chunks).toString().split('\n').slice(0, -1),
      dispose: async () => void stream.destroy(),
    }
  },
  createUnreachable: () => stdoutTransport({ stream: new Writable().destroy() }),
  skip: {
    once: 'a stream knows no batch ids: a batch that is sent again is written again',
    interruption: 'a stream that has failed does not come back',
  },
})
