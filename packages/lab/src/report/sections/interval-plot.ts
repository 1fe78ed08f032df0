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
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Change of B against A, with intervals">
      ${marginMarkup(marginShare, known.length * rowHeight, x)} ${join(rows)}
      ${axis(reach, known.length * rowHeight, x)}
    </svg>
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
  const ticks = [-reach * 0.8, -reach * 0.4, 0, reach * 0.4, reach * 0.8]
  return join(
    ticks.map(
      (tick) =>
        html`<text class="tick" x="${x(tick).toFixed(1)}" y="${bottom + 22}"
          >${tick === 0 ? '0' : formatChange(asShare(tick))}</text
        >`,
    ),
  )
}
