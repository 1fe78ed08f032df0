import type { LoadProgress } from '../../load/load-progress.ts'
import { isPercentileSupported } from '../../result/percentile-support.ts'
import type { CliContext } from '../cli-context.ts'
import { formatCount, formatDuration, formatUs } from './format-value.ts'
import { painter, type Paint } from './style.ts'

/** Where there is no terminal, one line this often is enough. */
const plainLineEveryMs = 10_000
const graphWidth = 60

/**
 * Shows how a run goes: a block that is redrawn on a terminal, a plain line every ten seconds elsewhere. That the generator is the
 * limit is said at once in both.
 */
export class LiveView {
  readonly #context: CliContext
  readonly #paint: Paint
  readonly #rates: number[] = []
  #drawnLines = 0
  #nextPlainMs = 0
  #saidLimited = false

  constructor(context: CliContext) {
    this.#context = context
    this.#paint = painter(context, context.stderr)
  }

  update(progress: LoadProgress): void {
    for (const bin of progress.bins) this.#rates.push(bin.responses)
    if (progress.verdict === 'limited' && !this.#saidLimited) this.#sayLimited(progress)
    if (this.#context.stderr.isTTY === true) this.#draw(progress)
    else this.#plain(progress)
  }

  /** Takes the block off the terminal, so that the summary stands alone. */
  end(): void {
    this.#erase()
  }

  /** Text of the run itself, above the block. */
  log(text: string): void {
    this.#erase()
    this.#context.stderr.write(`${text}\n`)
  }

  #sayLimited(progress: LoadProgress): void {
    this.#saidLimited = true
    this.log(this.#paint('red', `The generator is the limit: ${progress.healthMessages.join('; ')}`))
  }

  #plain(progress: LoadProgress): void {
    if (progress.elapsedMs < this.#nextPlainMs) return
    this.#nextPlainMs = progress.elapsedMs + plainLineEveryMs
    this.#context.stderr.write(`${statusLine(progress)}\n`)
  }

  #draw(progress: LoadProgress): void {
    const { latency } = progress
    const lines = [
      this.#paint('bold', progressBar(progress)),
      statusLine(progress),
      latencyLine(latency),
      `answers/s  ${sparkline(this.#rates.slice(-graphWidth))}`,
      ...progress.errors.slice(0, 3).map(({ code, count }) => this.#paint('red', `${code}  ${formatCount(count)}`)),
      ...(progress.verdict === 'ok'
        ? []
        : progress.healthMessages.map((each) => this.#paint('yellow', `generator: ${each}`))),
    ]
    this.#erase()
    const width = this.#context.stderr.columns ?? 120
    this.#context.stderr.write(`${lines.map((line) => clip(line, width)).join('\n')}\n`)
    this.#drawnLines = lines.length
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#context.stderr.write(`\u001B[${this.#drawnLines}A\u001B[0J`)
    this.#drawnLines = 0
  }
}

/** Percentiles that the answers so far support, and the largest. */
function latencyLine(latency: LoadProgress['latency']): string {
  if (latency.count === 0) return 'latency  no answer yet'
  const { count, p50, p95, p99, max } = latency
  const values = [
    [50, p50],
    [95, p95],
    [99, p99],
  ] as const
  const shown = values.filter(([percent]) => isPercentileSupported(percent, count))
  const parts = shown.map(([percent, value]) => `p${percent} ${formatUs(value)}`)
  return ['latency', ...parts, `max ${formatUs(max)}`].join('  ')
}

function statusLine(progress: LoadProgress): string {
  const { elapsedMs, users, active, requests, failed, phase } = progress
  const rate = requests / Math.max(elapsedMs / 1000, 0.001)
  const parts = [
    formatDuration(elapsedMs),
    phase === undefined ? undefined : phase.name,
    users.created > 0 ? `users ${formatCount(users.created)} (${active} active)` : `${active} connections`,
    `requests ${formatCount(requests)} (${formatCount(rate)}/s)`,
    failed > 0 ? `failed ${formatCount(failed)}` : undefined,
    users.failed > 0 ? `failed users ${formatCount(users.failed)}` : undefined,
  ]
  return parts.filter((part) => part !== undefined).join('  ')
}

const barWidth = 40

function progressBar({ elapsedMs, plannedMs }: LoadProgress): string {
  if (plannedMs === undefined) return formatDuration(elapsedMs)
  const share = plannedMs === 0 ? 1 : Math.min(1, elapsedMs / plannedMs)
  const filled = Math.round(share * barWidth)
  const left = plannedMs - elapsedMs
  const rest = left > 0 ? `${formatDuration(left)} left` : 'waiting for the last answers'
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}  ${Math.floor(share * 100)} %  ${rest}`
}

const blocks = '▁▂▃▄▅▆▇█'

function sparkline(values: readonly number[]): string {
  const highest = Math.max(1, ...values)
  return values.map((value) => blocks.charAt(Math.min(7, Math.floor((value / highest) * 7.99)))).join('')
}

/** Cuts a line to the terminal's width. Escape sequences take no room, so a painted line is left whole. */
function clip(line: string, width: number): string {
  return line.includes('\u001B') || line.length < width ? line : `${line.slice(0, width - 2)}…`
}
