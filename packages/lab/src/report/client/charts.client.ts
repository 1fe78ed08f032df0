/// <reference lib="dom" />
import type UPlot from 'uplot'
import type { ChartAxis, ChartBand, ChartQuantity, ChartSeries, ChartSpec } from '../chart-spec.ts'
import type { PageTools } from './page-tools.ts'

declare const uPlot: typeof UPlot

interface Drawn {
  spec: ChartSpec
  readonly plot: UPlot
  readonly slot: HTMLElement
}

const drawn = new Map<string, Drawn>()
const height = 270

const tools: Omit<PageTools, 'copy'> = {
  drawCharts(charts) {
    for (const spec of charts) {
      const slot = document.querySelector<HTMLElement>(`[data-chart="${CSS.escape(spec.id)}"]`)
      if (slot !== null) drawChart(spec, slot)
    }
  },
  redraw() {
    for (const { plot } of drawn.values()) plot.redraw(false, true)
  },
}
window.evenkeel = { ...tools, copy: () => undefined }

function drawChart(spec: ChartSpec, slot: HTMLElement): void {
  const before = drawn.get(spec.id)
  if (before !== undefined && before.slot === slot && sameSeries(before.spec, spec)) {
    before.spec = spec
    before.plot.setData(dataOf(spec))
    return
  }
  before?.plot.destroy()
  const target = part(slot, '.plot')
  target.replaceChildren()
  const plot = new uPlot(optionsOf(spec, target), dataOf(spec), target)
  const chart: Drawn = { spec, plot, slot }
  drawn.set(spec.id, chart)
  if (before === undefined || before.slot !== slot) addControls(chart)
  addLegend(chart)
}

function sameSeries(a: ChartSpec, b: ChartSpec): boolean {
  const key = (spec: ChartSpec): string => spec.series.map((series) => `${series.label}|${series.kind}`).join('\n')
  return key(a) === key(b) && a.y.log === b.y.log
}

function dataOf(spec: ChartSpec): UPlot.AlignedData {
  const positive = (value: number | null): number | null => (value !== null && value > 0 ? value : null)
  const columns = spec.series.map((series) =>
    spec.y.log === true && series.axis === undefined
      ? series.values.map((value) => positive(value))
      : [...series.values],
  )
  return [[...spec.xValues], ...columns]
}

function optionsOf(spec: ChartSpec, target: HTMLElement): UPlot.Options {
  const chart = (): Drawn | undefined => drawn.get(spec.id)
  return {
    width: Math.max(200, target.clientWidth),
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: {
      x: isLog(spec.x) ? { time: false, distr: 3, range: (_plot, low, high) => [low, high] } : { time: false },
      y: spec.y.log === true ? { distr: 3 } : { range: fromZero },
      ...(spec.right === undefined ? {} : { right: { range: fromZero } }),
    },
    axes: [
      axisOf(spec.x, 'x'),
      axisOf(spec.y, 'y'),
      ...(spec.right === undefined ? [] : [axisOf(spec.right, 'right')]),
    ],
    series: [{}, ...spec.series.map((series) => seriesOf(series))],
    hooks: {
      drawClear: [(plot) => drawBands(plot, chart()?.spec ?? spec)],
      draw: [(plot) => drawBandNames(plot, chart()?.spec ?? spec), (plot) => drawMarkers(plot, chart()?.spec ?? spec)],
      setCursor: [(plot) => showReadout(plot, chart())],
    },
  }
}

function isLog(axis: ChartAxis): boolean {
  return axis.log === true || axis.quantity === 'percentile'
}

function fromZero(_plot: UPlot, _low: number, high: number): [number, number] {
  // Room above the highest value, where phases have their names.
  return [0, high > 0 ? high * 1.2 : 1]
}

function axisOf(axis: ChartAxis, scale: 'x' | 'y' | 'right'): UPlot.Axis {
  const log = isLog(axis)
  return {
    scale,
    label: axis.label,
    labelSize: 20,
    labelFont: '12px system-ui, sans-serif',
    font: '12px system-ui, sans-serif',
    stroke: () => color('--muted'),
    grid: { stroke: () => color('--grid'), width: 1, show: scale !== 'right' },
    ticks: { stroke: () => color('--grid'), width: 1 },
    size: scale === 'x' ? 34 : 64,
    ...(scale === 'right' ? { side: 1 as const } : {}),
    ...(log && scale === 'x' ? { splits: decades } : {}),
    ...(log && scale !== 'x' ? { filter: onlyDecades } : {}),
    values: (_plot, splits) => splits.map((value) => (value === null ? '' : formatValue(value, axis.quantity))),
  }
}

/** A logarithmic x axis is labelled at 1, 2, 5, 10, … while there is room, else at powers of ten. */
function decades(_plot: UPlot, _axis: number, low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low))
  const count = Math.ceil(Math.log10(high)) - first + 1
  const steps = count <= 3 ? [1, 2, 5] : [1]
  return Array.from({ length: count }, (_, index) => steps.map((step) => step * 10 ** (first + index)))
    .flat()
    .filter((value) => value >= low * 0.999 && value <= high * 1.001)
}

function onlyDecades(_plot: UPlot, splits: (number | null)[]): (number | null)[] {
  const isDecade = (value: number): boolean => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6
  return splits.map((value) => (value !== null && isDecade(value) ? value : null))
}

function seriesOf(series: ChartSeries): UPlot.Series {
  const stroke = (): string => color(`--series-${series.color % 8}`)
  const base: UPlot.Series = {
    label: series.label,
    scale: series.axis ?? 'y',
    stroke,
    width: 2,
    points: { show: false },
  }
  if (series.kind === 'points') return { ...base, paths: () => null, points: { show: true, size: 4, fill: stroke } }
  if (series.kind === 'area') return { ...base, fill: () => `${stroke()}26` }
  const bars = series.kind === 'bars' ? uPlot.paths.bars?.({ size: [0.9, 60] }) : undefined
  return bars === undefined ? base : { ...base, paths: bars, fill: () => `${stroke()}99`, width: 0 }
}

function drawBands(plot: UPlot, spec: ChartSpec): void {
  const { ctx, bbox } = plot
  ctx.save()
  for (const [index, band] of (spec.bands ?? []).entries()) {
    const { left, width } = bandPlace(plot, band)
    if (width <= 0) continue
    ctx.fillStyle = color(index % 2 === 0 ? '--band-even' : '--band-odd')
    ctx.fillRect(left, bbox.top, width, bbox.height)
  }
  ctx.restore()
}

/** Above the grid, with a halo that keeps its lines out of the letters. */
function drawBandNames(plot: UPlot, spec: ChartSpec): void {
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  ctx.save()
  ctx.font = `${11 * ratio}px system-ui, sans-serif`
  ctx.fillStyle = color('--muted')
  ctx.strokeStyle = color('--card')
  ctx.lineWidth = 4 * ratio
  ctx.textAlign = 'left'
  for (const band of spec.bands ?? []) {
    const { left, width } = bandPlace(plot, band)
    if (ctx.measureText(band.label).width >= width - 6 * ratio) continue
    for (const draw of ['strokeText', 'fillText'] as const)
      ctx[draw](band.label, left + 4 * ratio, bbox.top + 13 * ratio)
  }
  ctx.restore()
}

function bandPlace(plot: UPlot, band: ChartBand): { readonly left: number; readonly width: number } {
  const left = Math.max(plot.bbox.left, plot.valToPos(band.from, 'x', true))
  return { left, width: Math.min(plot.bbox.left + plot.bbox.width, plot.valToPos(band.to, 'x', true)) - left }
}

function drawMarkers(plot: UPlot, spec: ChartSpec): void {
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  ctx.save()
  ctx.font = `${11 * ratio}px system-ui, sans-serif`
  ctx.strokeStyle = color('--marker')
  ctx.fillStyle = color('--marker')
  ctx.setLineDash([4 * ratio, 3 * ratio])
  for (const [index, marker] of (spec.markers ?? []).entries()) {
    const x = plot.valToPos(marker.at, 'x', true)
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue
    ctx.stroke(new Path2D(`M ${x} ${bbox.top} v ${bbox.height}`))
    const isRight = x > bbox.left + bbox.width * 0.75
    ctx.textAlign = isRight ? 'right' : 'left'
    ctx.fillText(marker.label, x + (isRight ? -4 : 4) * ratio, bbox.top + (28 + (index % 4) * 14) * ratio)
  }
  ctx.restore()
}

function showReadout(plot: UPlot, chart: Drawn | undefined): void {
  if (chart === undefined) return
  const index = plot.cursor.idx
  part(chart.slot, '.readout').textContent = typeof index === 'number' ? readoutOf(chart.spec, index) : ''
}

function readoutOf(spec: ChartSpec, index: number): string {
  const x = spec.xValues[index]
  if (x === undefined) return ''
  const values = spec.series.map((series) => {
    const value = series.values[index]
    const quantity = series.axis === 'right' ? (spec.right ?? spec.y).quantity : spec.y.quantity
    return `${series.label} ${value === null || value === undefined ? '–' : formatValue(value, quantity)}`
  })
  return `${formatValue(x, spec.x.quantity)}: ${values.join(' · ')}`
}

function addControls(chart: Drawn): void {
  const { slot } = chart
  const current = (): Drawn => drawn.get(chart.spec.id) ?? chart
  const plotElement = part(slot, '.plot')
  plotElement.addEventListener('keydown', (event) => moveCursor(event, current()))
  new ResizeObserver(() => {
    if (plotElement.clientWidth > 0) current().plot.setSize({ width: plotElement.clientWidth, height })
  }).observe(plotElement)
  const tableButton = part(slot, '[data-chart-table]')
  tableButton.addEventListener('click', () => toggleTable(current(), tableButton))
  const copyButton = part(slot, '[data-copy-chart]')
  copyButton.addEventListener('click', () =>
    window.evenkeel.copy(
      rowsOf(current().spec)
        .map((row) => row.join('\t'))
        .join('\n'),
      copyButton,
    ),
  )
}

function moveCursor(event: KeyboardEvent, { plot, spec }: Drawn): void {
  const last = spec.xValues.length - 1
  const at = typeof plot.cursor.idx === 'number' ? plot.cursor.idx : -1
  const moves: Readonly<Record<string, number>> = {
    ArrowRight: Math.min(last, at + 1),
    ArrowLeft: Math.max(0, at - 1),
    PageDown: Math.min(last, at + 10),
    PageUp: Math.max(0, at - 10),
    Home: 0,
    End: last,
  }
  const next = moves[event.key]
  if (event.key === 'Escape') plot.setCursor({ left: -10, top: -10 })
  if (next === undefined) return
  event.preventDefault()
  plot.setCursor({ left: plot.valToPos(spec.xValues[next] ?? 0, 'x'), top: 10 })
}

function addLegend(chart: Drawn): void {
  const legend = part(chart.slot, '.legend')
  legend.replaceChildren(
    ...chart.spec.series.map((series, index) => {
      const button = document.createElement('button')
      button.type = 'button'
      button.className = `key series-${series.color % 8}`
      button.textContent = series.label
      button.setAttribute('aria-pressed', 'true')
      button.addEventListener('click', () => {
        const isShown = button.getAttribute('aria-pressed') !== 'true'
        button.setAttribute('aria-pressed', String(isShown))
        chart.plot.setSeries(index + 1, { show: isShown })
      })
      return button
    }),
  )
}

function toggleTable({ slot, spec }: Drawn, button: HTMLElement): void {
  const place = part(slot, '.data')
  const isOpen = place.hidden
  place.hidden = !isOpen
  button.setAttribute('aria-expanded', String(isOpen))
  if (!isOpen) return
  const table = document.createElement('table')
  for (const row of rowsOf(spec)) {
    const line = table.insertRow()
    for (const value of row) line.insertCell().textContent = String(value)
  }
  place.replaceChildren(table)
}

function rowsOf(spec: ChartSpec): string[][] {
  const head = [spec.x.label, ...spec.series.map((series) => series.label)]
  const rows = spec.xValues.map((x, index) => [
    spec.x.quantity === 'percentile' ? formatValue(x, 'percentile') : String(x),
    ...spec.series.map((series) => String(series.values[index] ?? '')),
  ])
  return [head, ...rows]
}

function formatValue(value: number, quantity: ChartQuantity): string {
  switch (quantity) {
    case 'seconds':
      return value < 60
        ? `${short(value)} s`
        : `${Math.floor(value / 60)}:${String(Math.round(value % 60)).padStart(2, '0')}`
    case 'milliseconds':
      return value >= 1000 ? `${short(value / 1000)} s` : `${short(value)} ms`
    case 'microseconds':
      return value >= 1000 ? `${short(value / 1000)} ms` : `${short(value)} µs`
    case 'percentile':
      return `${short((1 - 1 / value) * 100, 6)} %`
    case 'share':
      return `${short(value * 100)} %`
    case 'bytes':
      return value >= 1e9 ? `${short(value / 1e9)} GB` : `${short(value / 1e6)} MB`
    case 'count':
    case 'rate':
      return value >= 1000 ? Math.round(value).toLocaleString('en-US') : short(value)
  }
}

function short(value: number, digits = 3): string {
  return value >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(digits)))
}

function part(slot: HTMLElement, selector: string): HTMLElement {
  const found = slot.querySelector<HTMLElement>(selector)
  if (found === null) throw new Error(`The chart "${slot.dataset['chart'] ?? ''}" has no ${selector}`)
  return found
}

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
