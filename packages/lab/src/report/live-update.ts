import type { ChartSpec } from './chart-spec.ts'

/** What the page of a running test receives. */
export interface LiveUpdate {
  /** Sections whose markup has changed. */
  readonly sections: readonly { readonly id: string; readonly html: string }[]
  readonly charts: readonly ChartSpec[]
  /** The run is over: this is its whole report. */
  readonly finished: boolean
}
