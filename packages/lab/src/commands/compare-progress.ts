import type { ComparisonSettings } from '../compare/comparison-result.ts'
import type { MeasuredBlock } from '../compare/run-blocks.ts'
import { isStartedByLab, type VariantSpec } from '../compare/variant-spec.ts'
import { formatDuration } from '../report/format.ts'

/** What is going to happen and how long its load takes. How long servers take to start shows with the first block. */
export function planLine(settings: ComparisonSettings, sides: readonly VariantSpec[]): string {
  const { blocks, warmUpBlocks, burstMs, warmUpMs = 0, restart } = settings
  const ours = sides.filter(({ kind }) => isStartedByLab(kind)).length
  const starts = restart ? (blocks + warmUpBlocks) * ours : ours
  const loadMs = (blocks + warmUpBlocks) * 2 * burstMs + starts * warmUpMs
  const counted = `${blocks} blocks of two bursts of ${formatDuration(burstMs)}, ${warmUpBlocks} before them to warm up`
  if (starts === 0) return `${counted}: ${formatDuration(loadMs)}`
  const each = restart ? 'a start for each block' : 'one start for all blocks'
  const warmed = warmUpMs > 0 ? ` and ${formatDuration(warmUpMs)} of warm-up` : ''
  return `${counted}, ${each}${warmed}: ${formatDuration(loadMs)} and the time of ${starts} starts`
}

export interface CompareProgress {
  readonly done: number
  readonly elapsedMs: number
}

/** What a block showed, and how long the others will take. */
export function blockLine({ block }: MeasuredBlock, settings: ComparisonSettings, progress: CompareProgress): string {
  const { done, elapsedMs } = progress
  const { blocks, warmUpBlocks } = settings
  const leftMs = (elapsedMs / (done + warmUpBlocks)) * (blocks - done)
  const left = leftMs < 1000 ? '' : ` · about ${formatDuration(Math.round(leftMs / 1000) * 1000)} left`
  return `block ${done}/${blocks} (${block.order}): A ${sideText(block.a)} · B ${sideText(block.b)}${left}`
}

function sideText({ requestRate, cpuPerRequestUs, failed }: MeasuredBlock['block']['a']): string {
  const cpu = cpuPerRequestUs === undefined ? '' : `, ${Math.round(cpuPerRequestUs)} µs CPU`
  return `${Math.round(requestRate)}/s${cpu}${failed > 0 ? `, ${failed} failed` : ''}`
}
