/** A chart as plain data: the page draws it, and its table and its copied text come from the same numbers. */
export interface ChartSpec {
  readonly id: string
  readonly title: string
  readonly description?: string
  readonly x: ChartAxis
  readonly y: ChartAxis
  /** A second axis on the right, for series with `axis: 'right'`. */
  readonly right?: ChartAxis
  readonly xValues: readonly number[]
  readonly series: readonly ChartSeries[]
  /** Spans of the x axis with a name: the phases of a run. */
  readonly bands?: readonly ChartBand[]
  /** Points of the x axis with a name: deployments. */
  readonly markers?: readonly ChartMarker[]
}

/**
 * `seconds`: since the start of the run. `milliseconds`: a latency. `percentile`: 1 / (1 − fraction), drawn on a logarithmic
 * axis and labelled with percentiles, as HdrHistogram plots are.
 */
export type ChartQuantity =
  | 'seconds'
  | 'milliseconds'
  | 'microseconds'
  | 'percentile'
  | 'count'
  | 'rate'
  | 'share'
  | 'bytes'

export interface ChartAxis {
  readonly label: string
  readonly quantity: ChartQuantity
  readonly log?: boolean
}

export interface ChartSeries {
  readonly label: string
  /** Index of the colour in the page's palette. */
  readonly color: number
  readonly kind: 'line' | 'area' | 'bars' | 'points'
  readonly axis?: 'right'
  /** One value for each x value; null draws nothing. */
  readonly values: readonly (number | null)[]
}

export interface ChartBand {
  readonly from: number
  readonly to: number
  readonly label: string
}

export interface ChartMarker {
  readonly at: number
  readonly label: string
  readonly detail?: string
}
