import type { ComparedMetric } from '../../compare/comparison-result.ts'
import { asShare } from '../../stats/estimate.ts'
import { formatChange } from '../format.ts'
import { html, join, trusted, type Html } from '../html.ts'

const width = 640
const rowHeight = 34
const labelWidth = 190
const longestLabel = 30

/** Each metric's change with its interval on one axis, the margin of equality shaded. Drawn as SVG: it needs no script. */
export function intervalPlot(metrics: readonly ComparedMetric[], marginShare: number): Html | undefined {
  const known = metrics.filter(
    (metric) => Number.isFinite(metric.estimate.low) && Number.isFinite(metric.estimate.high),
  )
  if (known.length === 0) return undefined
  const ends = known.flatMap(({ estimate }) => [Math.abs(estimate.low), Math.abs(estimate.high)])
  const reach = Math.max(Math.log1p(marginShare) * 2, ...ends) * 1.1
  const x = (log: number): number => labelWidth + ((log + reach) / (2 * reach)) * (width - labelWidth - 10)
  const height = known.length * rowHeight + 30
  const rows = known.map((metric, index) => intervalRow(metric, index * rowHeight + rowHeight / 2 + 4, x))
  return html`<figure class="intervals">
    <div class="scroll" tabindex="0" role="region" aria-label="Intervals of the metrics">
      <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Change of B against A, with intervals">
        ${marginMarkup(marginShare, known.length * rowHeight, x)} ${join(rows)}
        ${axis(reach, known.length * rowHeight, x)}
      </svg>
    </div>
    <figcaption class="note">Change of B against A with its interval; shaded: counts as equal.</figcaption>
  </figure>`
}

type Place = (log: number) => number

function marginMarkup(marginShare: number, bottom: number, x: Place): Html {
  const log = Math.log1p(marginShare)
  const left = x(-log)
  return trusted(
    `<rect class="margin" x="${left.toFixed(1)}" y="4" width="${(x(log) - left).toFixed(1)}" height="${bottom}"/>` +
      `<line class="zero" x1="${x(0).toFixed(1)}" x2="${x(0).toFixed(1)}" y1="4" y2="${bottom + 4}"/>`,
  )
}

function intervalRow(metric: ComparedMetric, y: number, x: Place): Html {
  const { estimate, verdict } = metric
  const [left, middle, right] = [x(estimate.low), x(estimate.logRatio), x(estimate.high)].map((each) => each.toFixed(1))
  const title = `${metric.title}: ${formatChange(asShare(estimate.logRatio))}`
  return html`<g class="${verdict.status}">
    <title>${title}</title>
    <text x="4" y="${y + 4}">${shortened(metric.title)}</text>
    <line class="whisker" x1="${left}" x2="${right}" y1="${y}" y2="${y}" />
    <circle cx="${middle}" cy="${y}" r="5" />
  </g>`
}

/** What fits in front of the axis; the whole name is the row's tooltip and stands in the table. */
function shortened(title: string): string {
  return title.length <= longestLabel ? title : `${title.slice(0, longestLabel - 1)}…`
}

function axis(reach: number, bottom: number, x: Place): Html {
  return join(
    [...ticksUpTo(reach, -1).toReversed(), 0, ...ticksUpTo(reach, 1)].map(
      (share) =>
        html`<text class="tick" x="${x(Math.log1p(share)).toFixed(1)}" y="${bottom + 22}">${tickText(share)}</text>`,
    ),
  )
}

const roundShares = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 0.9, 1, 2, 3, 5, 10, 30, 100]

/** Two round changes on one side of zero: one near the end of the axis and one about half-way. */
function ticksUpTo(reach: number, sign: 1 | -1): number[] {
  const place = (share: number): number => Math.abs(Math.log1p(sign * share))
  const fitting = roundShares.filter((share) => (sign > 0 || share < 1) && place(share) <= reach * 0.9)
  const last = fitting.at(-1)
  if (last === undefined) return []
  const near = fitting.findLast((share) => place(share) <= place(last) * 0.6)
  return [...(near === undefined ? [] : [near]), last].map((share) => sign * share)
}

function tickText(share: number): string {
  if (share === 0) return '0'
  return `${share < 0 ? '−' : '+'}${Number((Math.abs(share) * 100).toFixed(1))} %`
}
