import type { LabErrorCode } from '../errors/error-codes.ts'
import type { LabResult } from '../result/lab-result.ts'
import type { LoadScriptOptions } from '../script/load-script.ts'
import type { LoadProgress } from './load-progress.ts'
import type { RunLoadOptions } from './run-load.ts'

/** What a worker thread is to do. Everything in it can be cloned. */
export interface WorkerOrder {
  readonly file: string
  readonly scriptOptions: LoadScriptOptions
  readonly runOptions: Omit<RunLoadOptions, 'plan' | 'signal' | 'onProgress' | 'onLog' | 'clock' | 'transport'>
}

/** What a worker is told while it runs. */
export type WorkerCommand =
  | { readonly kind: 'start'; readonly atEpochMs: number }
  | { readonly kind: 'stop'; readonly reason: string }

export type WorkerReport =
  /** The script is loaded: the worker waits for the start. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly progress: LoadProgress }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'result'; readonly result: LabResult }
  | { readonly kind: 'failure'; readonly code: LabErrorCode; readonly message: string }
