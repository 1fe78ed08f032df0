import type { ComparedMetric } from '../../compare/comparison-result.ts'
import { asShare } from '../../stats/estimate.ts'
import { formatChange } from '../format.ts'
import { html, join, trusted, type Html } from '../html.ts'

/** Each metric's change with its interval on one axis, the margin of equality shaded. Drawn as SVG: it needs no script. */
export function intervalPlot(metrics: readonly ComparedMetric[], marginShare: number): Html | undefined {
  const known = metrics.filter(
    (metric) => Number.isFinite(metric.estimate.low) && Number.isFinite(metric.estimate.high),
  )
  if (known.length === 0) return undefined
  const ends = known.flatMap(({ estimate }) => [Math.abs(estimate.low), Math.abs(estimate.high)])
  const reach = Math.max(Math.log1p(marginShare) * 2, ...ends) * 1.1
  const x: Place = (log) => `${(((log + reach) / (2 * reach)) * 100).toFixed(2)}%`
  const margin = Math.log1p(marginShare)
  const back =
    `<rect class="margin" x="${x(-margin)}" width="${((margin / reach) * 100).toFixed(2)}%" height="100%"/>` +
    `<line class="zero" x1="50%" x2="50%" y1="0" y2="100%"/>`
  return html`<figure class="intervals">
    ${join(known.map((metric) => intervalRow(metric, trusted(back), x)))}
    <div class="interval"><span></span>${axis(reach, x)}</div>
    <figcaption class="note">Change of B against A with its interval; shaded: counts as equal.</figcaption>
  </figure>`
}

/** Where a log ratio lies, as a share of the width: the page decides how wide that is. */
type Place = (log: number) => string

function intervalRow({ title, estimate, verdict }: ComparedMetric, back: Html, x: Place): Html {
  const change = formatChange(asShare(estimate.logRatio))
  return html`<div class="interval">
    <span>${title}</span>
    <svg role="img" aria-label="${title}: ${change}, ${verdict.status}">
      ${back}
      <g class="${verdict.status}">
        <title>${title}: ${change}</title>
        <line class="whisker" x1="${x(estimate.low)}" x2="${x(estimate.high)}" y1="50%" y2="50%" />
        <circle cx="${x(estimate.logRatio)}" cy="50%" r="5" />
      </g>
    </svg>
  </div>`
}

function axis(reach: number, x: Place): Html {
  const ticks = [...ticksUpTo(reach, -1).toReversed(), 0, ...ticksUpTo(reach, 1)]
  return html`<svg aria-hidden="true">
    ${join(ticks.map((share) => html`<text class="tick" x="${x(Math.log1p(share))}" y="14">${tickText(share)}</text>`))}
  </svg>`
}

const roundShares = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 0.9, 1, 2, 3, 5, 10, 30, 100]

/** Two round changes on one side of zero: one near the end of the axis and one about half-way. */
function ticksUpTo(reach: number, sign: 1 | -1): number[] {
  const place = (share: number): number => Math.abs(Math.log1p(sign * share))
  const fitting = roundShares.filter((share) => (sign > 0 || share < 1) && place(share) <= reach * 0.85)
  const last = fitting.at(-1)
  if (last === undefined) return []
  const near = fitting.findLast((share) => place(share) <= place(last) * 0.6)
  return [...(near === undefined ? [] : [near]), last].map((share) => sign * share)
}

function tickText(share: number): string {
  if (share === 0) return '0'
  return `${share < 0 ? '−' : '+'}${Number((Math.abs(share) * 100).toFixed(1))} %`
}
