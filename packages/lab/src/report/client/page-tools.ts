import type { ChartSpec } from '../chart-spec.ts'

/** What the scripts of a page share: they are inlined as separate scripts, in the order `charts`, `page`; the second brings `copy`. */
export interface PageTools {
  /** Draws each chart into its slot, or gives a chart that is there its new values. */
  drawCharts(charts: readonly ChartSpec[]): void
  /** Draws all charts again, in the colours of the theme. */
  redraw(): void
  /** Puts text on the clipboard and says so on the button for a moment. */
  copy(text: string, button: HTMLElement): void
}

declare global {
  interface Window {
    evenkeel: PageTools
  }
}
