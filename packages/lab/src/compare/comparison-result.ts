import type { EncodedHistogram } from '../result/encoded-histogram.ts'
import type { HealthVerdict } from '../result/generator-health.ts'
import type { MachineFacts } from '../result/result-plan.ts'
import type { Calibration } from '../stats/calibration.ts'
import type { Estimate } from '../stats/estimate.ts'
import type { Direction, Verdict, VerdictStatus, Wanted } from '../stats/verdict.ts'

export const comparisonFormat = 'evenkeel-lab-comparison'
/** Raised by one when a reader of the older version would misread a file. New optional fields do not raise it. */
export const comparisonVersion = 1

/**
 * The stored outcome of a comparison of B with A. In a file, an infinite number is `null`: an interval without a bound, or a
 * change that no number of blocks like these would find.
 */
export interface ComparisonResult {
  readonly format: typeof comparisonFormat
  readonly version: typeof comparisonVersion
  readonly id: string
  readonly name: string
  /** `partial`: stopped before all blocks were done; judged on the blocks that were. */
  readonly status: 'complete' | 'partial'
  /** `blocks`: both sides measured together, in turn. `results`: stored results of runs made apart. */
  readonly mode: 'blocks' | 'results'
  readonly startedAtEpochMs: number
  readonly durationMs: number
  readonly labVersion: string
  readonly machine: MachineFacts
  readonly settings: ComparisonSettings
  readonly a: VariantFacts
  readonly b: VariantFacts
  /** Measured blocks in the order they were run; empty in mode `results`. */
  readonly blocks: readonly ComparisonBlock[]
  readonly metrics: readonly ComparedMetric[]
  readonly verdict: ComparisonVerdict
  /** When both sides are the same server: what that says about this machine. */
  readonly calibrations?: readonly MetricCalibration[]
  /** What the reader must know before believing the figures. */
  readonly caveats: readonly string[]
}

export interface ComparisonSettings {
  readonly blocks: number
  readonly warmUpBlocks: number
  readonly burstMs: number
  readonly connections: number
  /** Requests per second of each burst; absent: as fast as the connections are answered. */
  readonly requestRate?: number
  /** The load of each burst when it is that of a script. */
  readonly script?: { readonly file: string; readonly usersPerSecond: number }
  readonly marginShare: number
  readonly confidence: number
  readonly seed: number
  /** Servers that the lab starts are started anew for each block. */
  readonly restart: boolean
  /** How long such a server is loaded after its start, before the burst that counts. Absent: not at all. */
  readonly warmUpMs?: number
}

export type VariantKind = 'url' | 'command' | 'commit' | 'node' | 'result'

export interface VariantFacts {
  readonly label: string
  readonly kind: VariantKind
  /** The URL, command, commit, binary or file that was given. */
  readonly source: string
  readonly target: string
  /** `node`, `v8`, and what else is known of the runtime. */
  readonly versions: Readonly<Record<string, string>>
  /** Full hash of a commit. */
  readonly revision?: string
  readonly command?: string
  readonly flags?: string
  readonly requests: number
  readonly failed: number
  readonly codes: Readonly<Record<string, number>>
  readonly latency: EncodedHistogram
  readonly service: EncodedHistogram
}

export interface ComparisonBlock {
  readonly index: number
  /** Which side was loaded first. */
  readonly order: 'ab' | 'ba'
  readonly startMs: number
  readonly a: BurstMeasure
  readonly b: BurstMeasure
  /** Requests that warmed the server of a side for this block; absent when it was not started for it. */
  readonly warmUpRequests?: { readonly a?: number; readonly b?: number }
}

/** What one burst of load on one server measured. */
export interface BurstMeasure {
  readonly requests: number
  readonly failed: number
  readonly durationMs: number
  readonly requestRate: number
  /** CPU time of the server's processes for each answered request; absent when the server's process is unknown. */
  readonly cpuPerRequestUs?: number
  /** CPU time of the server's processes in the burst, and how far off it may be: 0 when the kernel counted it exactly. */
  readonly cpuMs?: number
  readonly cpuStepMs?: number
  readonly peakRssBytes?: number
  /** Headline latency, in microseconds; absent when the burst had too few requests for it. */
  readonly p50Us?: number
  readonly p95Us?: number
  readonly p99Us?: number
  readonly generator: HealthVerdict
  /** Load of a script: each of its endpoints. */
  readonly endpoints?: Readonly<Record<string, EndpointMeasure>>
}

/** Latencies of one endpoint in one burst, in microseconds; absent when it had too few requests for them. */
export interface EndpointMeasure {
  readonly requests: number
  readonly p50Us?: number
  readonly p95Us?: number
  readonly p99Us?: number
}

export type MetricName = 'requestRate' | 'cpuPerRequest' | 'latencyP50' | 'latencyP95' | 'latencyP99' | 'peakRss'

export interface ComparedMetric {
  readonly name: MetricName
  /** The endpoint of a script that the metric is about; absent: the whole load. */
  readonly endpoint?: string
  readonly title: string
  readonly unit: 'per-second' | 'us' | 'bytes'
  readonly direction: Direction
  /** The verdict of the comparison rests on the headline metrics, chosen before it starts. */
  readonly role: 'headline' | 'secondary'
  /** Median of A, and of B. */
  readonly a: number
  readonly b: number
  readonly estimate: Estimate
  /** Corrected for the other metrics of the same role. */
  readonly adjustedPValue: number
  readonly cliffsDelta: number
  readonly verdict: Verdict
}

export interface MetricCalibration extends Calibration {
  readonly metric: MetricName
}

export interface ComparisonVerdict {
  readonly status: VerdictStatus
  /** One sentence for people. */
  readonly sentence: string
  /** Why the figures cannot be judged, or what weakens them. */
  readonly reasons: readonly string[]
  readonly wanted?: Wanted
}
