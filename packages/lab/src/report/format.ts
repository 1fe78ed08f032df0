const units = [
  { from: 60_000_000, divisor: 60_000_000, name: 'min' },
  { from: 1_000_000, divisor: 1_000_000, name: 's' },
  { from: 1000, divisor: 1000, name: 'ms' },
  { from: 0, divisor: 1, name: 'µs' },
] as const

/** A time in microseconds with three significant digits and its unit: `1.25 ms`. */
export function formatMicroseconds(us: number): string {
  if (us === 0) return '0 ms'
  const unit = units.find((each) => Math.abs(us) >= each.from) ?? units[3]
  return `${formatSignificant(us / unit.divisor)} ${unit.name}`
}

/** A time in microseconds as milliseconds, for a column of figures that are read against each other. */
export function formatMilliseconds(us: number): string {
  const ms = us / 1000
  return ms >= 100 ? grouped(Math.round(ms)) : ms.toFixed(ms >= 10 ? 1 : 2)
}

/** A length of time in milliseconds: `2 h 05 min`, `3 min 20 s`, `4.2 s`, `150 ms`. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Math.max(1, Math.round(ms))} ms`
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

export function formatCount(count: number): string {
  return grouped(Math.round(count))
}

/** A rate or another number without unit, three significant digits. */
export function formatNumber(value: number): string {
  return Math.abs(value) >= 1000 ? grouped(Math.round(value)) : formatSignificant(value)
}

export function formatBytes(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB']
  let index = 0
  let value = bytes
  while (value >= 1000 && index < names.length - 1) {
    value /= 1000
    index++
  }
  return `${index === 0 ? String(value) : formatSignificant(value)} ${names[index] ?? ''}`
}

/** A share of a whole: `12.3 %`. */
export function formatPercent(share: number): string {
  return `${formatSignificant(share * 100)} %`
}

/** A change: `+5.2 %`, `−0.30 %`. An infinite one has no figure. */
export function formatChange(share: number): string {
  if (!Number.isFinite(share)) return share > 0 ? 'unbounded' : '−100 %'
  const percent = Math.abs(share * 100)
  const sign = share < 0 ? '−' : '+'
  return `${sign}${percent >= 10 ? percent.toFixed(1) : percent.toFixed(2)} %`
}

/** UTC, to the second: `2026-11-21 07:40:00 UTC`. */
export function formatMoment(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function formatSignificant(value: number): string {
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toFixed(Math.min(digits, 6))
}

function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
