import { Pool } from 'undici'
import type { Contender } from './contenders.ts'

export interface Tail {
  /** In milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly failed: number
}

export interface Timetable {
  readonly perSecond: number
  /** Of the requests, which compute for 100 ms. */
  readonly slowShare: number
  readonly seconds: number
}

/** Sends by a timetable that no answer can hold up. Only fast requests are counted. */
export async function openLoop({ url }: Contender, { perSecond, slowShare, seconds }: Timetable): Promise<Tail> {
  const { origin, pathname } = new URL(url)
  const base = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, { connections: 200 })
  const latencies: number[] = []
  let failed = 0
  const ask = async (isSlow: boolean, dueMs: number): Promise<void> => {
    try {
      const response = await pool.request({ method: 'GET', path: `${base}${isSlow ? '/slow' : '/stress'}` })
      const text = await response.body.text()
      if (response.statusCode !== 200 || (!isSlow && !text.includes('high'))) failed += 1
      if (!isSlow) latencies.push(performance.now() - dueMs)
    } catch {
      failed += 1
    }
  }
  const startedAtMs = performance.now()
  const count = Math.round(perSecond * seconds)
  const every = slowShare === 0 ? Infinity : Math.round(1 / slowShare)
  const asked: Promise<void>[] = []
  while (asked.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - startedAtMs) * perSecond) / 1_000))
    for (let number = asked.length; number < due; number += 1)
      asked.push(ask(number % every === every - 1, startedAtMs + (number * 1_000) / perSecond))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(asked)
  await pool.close()
  const sorted = latencies.toSorted((first, second) => first - second)
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), failed }
}
