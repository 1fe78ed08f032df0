import type { Answer, RunBody } from './api.client.ts'
import { make, makeSvg } from './dom.client.ts'
import { text, type MessageKey } from './messages.client.ts'

interface Part {
  readonly label: string
  readonly ms: number
  readonly colour: string
}

/** Stages of `Server-Timing` in their order in time. */
const stages: readonly (readonly [name: string, label: MessageKey])[] = [
  ['queue', 'partQueue'],
  ['dispatch', 'partDispatch'],
  ['init', 'partInit'],
  ['run', 'partRun'],
]

/** Where the time of a run went, drawn to scale, and what it used. */
export function timingsOf({ serverTiming, elapsedMs, body }: Answer<RunBody>): Node[] {
  const durations = parseServerTiming(serverTiming)
  const known = stages.map(([name, label], index) => ({
    label: text(label),
    ms: durations.get(name) ?? 0,
    colour: `var(--part-${index + 1})`,
  }))
  const restMs = Math.max(0, elapsedMs - known.reduce((sum, { ms }) => sum + ms, 0))
  const parts: readonly Part[] = [...known, { label: text('partRest'), ms: restMs, colour: 'var(--part-5)' }]
  return [timeline(parts), legend(parts), facts(elapsedMs, body.usage)]
}

/** Such as `queue;dur=0.1, run;dur=2.5` (https://www.w3.org/TR/server-timing/). */
function parseServerTiming(header: string): Map<string, number> {
  const pairs = [...header.matchAll(/([\w-]+);dur=([\d.]+)/g)]
  return new Map(pairs.map(([, name = '', ms = '0']) => [name, Number(ms)]))
}

function timeline(parts: readonly Part[]): SVGElement {
  const totalMs = Math.max(
    0.001,
    parts.reduce((sum, { ms }) => sum + ms, 0),
  )
  let x = 0
  const bars = parts.map(({ ms, colour }) => {
    const width = (ms / totalMs) * 1_000
    const bar = makeSvg('rect', { x, y: 0, width, height: 34, fill: colour })
    x += width
    return bar
  })
  const spoken = parts.map(({ label, ms }) => `${label} ${shown(ms)}`).join(', ')
  return makeSvg(
    'svg',
    {
      class: 'timeline',
      viewBox: '0 0 1000 34',
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': text('timelineLabel', { parts: spoken }),
    },
    ...bars,
  )
}

function legend(parts: readonly Part[]): HTMLElement {
  const rows = parts.flatMap(({ label, ms, colour }) => [
    makeSvg(
      'svg',
      { viewBox: '0 0 10 10', 'aria-hidden': 'true' },
      makeSvg('circle', { cx: 5, cy: 5, r: 5, fill: colour }),
    ),
    make('dt', {}, label),
    make('dd', {}, shown(ms)),
  ])
  return make('dl', { class: 'facts' }, ...rows)
}

function facts(elapsedMs: number, usage: RunBody['usage']): HTMLElement {
  const rows: (readonly [MessageKey, string])[] = [['factTotal', shown(elapsedMs)]]
  if (usage !== undefined) {
    rows.push(
      ['factCpu', shown(usage.cpuMs)],
      ['factHeap', `${(usage.peakHeapBytes / 1_048_576).toFixed(1)} MiB`],
      ['factRequests', String(usage.subrequests)],
      ['factStart', text(usage.start)],
    )
  }
  const cells = rows.flatMap(([label, value]) => [make('dt', {}, text(label)), make('dd', {}, value)])
  return make('dl', { class: 'facts plain' }, ...cells)
}

function shown(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(1)} ms`
}
