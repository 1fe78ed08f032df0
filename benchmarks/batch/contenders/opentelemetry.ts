import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import type { Contender, Setup } from './contender.ts'

export function opentelemetry({ url, tuning, gzip }: Setup): Contender {
  const exporter = new OTLPLogExporter({ url, ...(gzip ? { compression: 'gzip' as never } : {}) })
  const queue =
    tuning === 'tuned' ? { maxQueueSize: 2_000_000, maxExportBatchSize: 1000, scheduledDelayMillis: 100 } : {}
  const provider = new LoggerProvider({
    processors: [new BatchLogRecordProcessor({ exporter: exporter as never, ...queue })],
  })
  const logger = provider.getLogger('bench')
  return {
    add: ({ mark, type, user, url: page, referrer, width, height }) =>
      logger.emit({ body: type, attributes: { mark, user, url: page, referrer, width, height } }),
    close: () => provider.shutdown(),
  }
}
