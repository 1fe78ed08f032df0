import { transportConformance } from '../../src/conformance/suite.ts'
import { httpTransport, type HttpTransportOptions } from '../../src/http/http-transport.ts'
import { HttpSink } from '../helpers/http-sink.ts'

const variants: Readonly<Record<string, Partial<HttpTransportOptions>>> = {
  ndjson: {},
  'json-array, gzip': { format: 'json-array', compression: { codec: 'gzip', minBytes: 0 } },
  'ndjson, zstd': { compression: { codec: 'zstd', minBytes: 0 } },
}

for (const [name, options] of Object.entries(variants)) {
  transportConformance({
    name: `http, ${name}`,
    async create() {
      const sink = await new HttpSink().listen()
      return {
        transport: httpTransport({ url: sink.url, ...options }),
        received: async () => sink.events,
        interrupt: () => sink.stop(),
        restore: async () => void (await sink.listen()),
        dispose: () => sink.stop(),
      }
    },
    createUnreachable: () => httpTransport({ url: 'http://127.0.0.1:9/', ...options }),
  })
}
