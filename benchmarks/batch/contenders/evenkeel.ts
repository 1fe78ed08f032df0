import { BatchProcessor } from '@evenkeel/batch'
import { httpTransport } from '@evenkeel/batch/http'
import type { BenchEvent } from '../event.ts'
import type { Contender, Setup } from './contender.ts'

export function evenkeel({ url, tuning, gzip }: Setup): Contender {
  const batch = new BatchProcessor<BenchEvent>({
    transport: httpTransport({ url, compression: gzip ? 'gzip' : 'none' }),
    batch: tuning === 'tuned' ? { maxAgeMs: 100 } : {},
    closeDeadlineMs: 120_000,
  })
  return { add: (event) => void batch.add(event), close: () => batch.close() }
}
