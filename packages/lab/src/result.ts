/** The stored result: its schema, its histograms, reading and writing. */
export type { EncodedHistogram } from './result/encoded-histogram.ts'
export {
  healthVerdicts,
  type GeneratorHealth,
  type HealthReason,
  type HealthSample,
  type HealthVerdict,
} from './result/generator-health.ts'
export {
  resultFormat,
  resultVersion,
  type Check,
  type EndpointTotals,
  type ErrorTotals,
  type LabResult,
  type LatencySet,
  type Marker,
  type PhaseTotals,
  type RequestTotals,
  type ResultSeries,
  type ScenarioTotals,
  type SeriesBin,
  type ServerSamples,
  type UserTotals,
} from './result/lab-result.ts'
export { LatencyHistogram } from './result/latency-histogram.ts'
export { isPercentileSupported, minimumSampleSize } from './result/percentile-support.ts'
export { readResult, resultFileName, writeResult } from './result/result-file.ts'
export type { GeneratorFacts, MachineFacts, PlannedPhase, ResultMeta, ResultPlan } from './result/result-plan.ts'
export { validateResult } from './result/validate-result.ts'
export { addBins, addCounts, addEncoded, coarsenBins } from './result/coarsen-series.ts'
