import type { LabResult } from '../result/lab-result.ts'
import { systemClock, type Clock } from '../util/clock.ts'
import type { PlainRecord } from '../util/records.ts'
import type { HttpTransport } from './http/transport.ts'
import type { LoadPlan, LoadShare } from './load-plan.ts'
import type { LoadProgress } from './load-progress.ts'
import { runRequests } from './run-requests.ts'
import { runScript } from './run-script.ts'

export interface RunLoadOptions {
  readonly plan: LoadPlan
  readonly name?: string
  readonly kind?: LabResult['meta']['kind']
  readonly labels?: Readonly<Record<string, string>>
  /** Default: the whole plan. */
  readonly share?: LoadShare
  /** Stops the load: users end within 2 s and the result is marked partial. */
  readonly signal?: AbortSignal
  /** Wall-clock time to start at, so that several generators start together. Default: now. */
  readonly startAtEpochMs?: number
  /** Process whose CPU and memory are sampled each second. */
  readonly serverPid?: number
  /** Variables that a `before` section made elsewhere; `before` and `after` are then not run here. */
  readonly beforeVars?: PlainRecord
  /** Called about once a second, and once at the end. */
  readonly onProgress?: (progress: LoadProgress) => void
  /** Text of `log` steps. Default: thrown away. */
  readonly onLog?: (text: string) => void
  /** Default: the system's clock. */
  readonly clock?: Clock
  /** Default: the network. */
  readonly transport?: HttpTransport
}

/** Carries out one plan and returns what was measured. Rejects only when the plan cannot be carried out at all. */
export type RunLoad = (options: RunLoadOptions) => Promise<LabResult>

export interface ResolvedRunOptions extends Omit<RunLoadOptions, 'plan'> {
  readonly clock: Clock
  readonly share: LoadShare
  readonly labels: Readonly<Record<string, string>>
  readonly onLog: (text: string) => void
}

/**
 * Carries out one plan and returns what was measured.
 * @throws LabError `EK_LAB_PLAN` or `EK_LAB_BEFORE_FAILED` when nothing could be sent. What fails while sending is part of the result.
 */
export const runLoad: RunLoad = async (options) => {
  const { plan } = options
  const resolved: ResolvedRunOptions = {
    ...options,
    clock: options.clock ?? systemClock,
    share: options.share ?? { index: 0, count: 1 },
    labels: options.labels ?? {},
    onLog: options.onLog ?? (() => {}),
  }
  return plan.kind === 'script' ? runScript(plan, resolved) : runRequests(plan, resolved)
}
