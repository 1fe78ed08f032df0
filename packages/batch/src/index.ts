export { BatchProcessor, type AddResult, type DeliveryReceipt } from './processor/batch-processor.ts'
export type { BatchStats, CloseReport, DestinationStats, FlushReport } from './processor/reports.ts'
export type {
  BatchLimits,
  BatchOptions,
  BufferLimits,
  DeadLetter,
  DeadLetterReason,
  DestinationOptions,
  RetryOptions,
  SpillOptions,
  WhenFull,
} from './options/options.ts'
export type { Balance, DropReason, RefusalReason } from './destination/ledger.ts'
export type { LeftoverPolicy } from './destination/leftovers.ts'
export type { SealTrigger } from './destination/collector.ts'
export type { Receipt } from './batch/event-block.ts'
export type { GateState } from './delivery/retry-gate.ts'
export type { FailedEvent, SealedBatch, SendContext, SendOutcome, Transport } from './transport/transport.ts'
export { BatchError } from './errors/batch-error.ts'
export { batchErrorCodes, type BatchErrorCode } from './errors/codes.ts'
export {
  channels,
  type DroppedMessage,
  type GateMessage,
  type SealedMessage,
  type SentMessage,
} from './telemetry/channels.ts'
export type { HistogramSample, MetricFamily, MetricListener, MetricSample, MetricSource } from './telemetry/metrics.ts'
export type { Clock, Timer } from './util/clock.ts'
