import type { LabResult } from '../result/lab-result.ts'
import { mergeResults } from './merge-results.ts'

/** Adds the results of threads of one process: its processor time and memory, which each of them reports, count once. */
export function mergeThreads(results: readonly LabResult[]): LabResult {
  return mergeResults(results.map((result, index) => (index === 0 ? result : withoutProcess(result))))
}

function withoutProcess(result: LabResult): LabResult {
  const { generator } = result
  const samples = generator.samples.map((sample) => ({ ...sample, rssBytes: 0 }))
  return { ...result, generator: { ...generator, cpuMs: 0, peakRssBytes: 0, samples } }
}
