import { Pool } from 'undici'

export interface LoopOptions {
  readonly url: string
  readonly connections: number
  readonly durationMs: number
  readonly token?: string
  /** The request of a given number, so that each can be different. */
  readonly body: (number: number) => string
  /** Throws when the answer is not the right one. */
  readonly check: (status: number, text: string, number: number) => void
}

export interface LoopResult {
  readonly requests: number
  readonly perSecond: number
  /** In milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Each connection sends the next request when the last is answered; every answer is checked. */
export async function closedLoop({
  url,
  connections,
  durationMs,
  token,
  body,
  check,
}: LoopOptions): Promise<LoopResult> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections, pipelining: 1 })
  const latencies: number[] = []
  const startedAtMs = performance.now()
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  let next = 0
  const worker = async (): Promise<void> => {
    while (performance.now() - startedAtMs < durationMs) {
      const number = next++
      const sentAtMs = performance.now()
      const response = await pool.request({ method: 'POST', path: pathname, headers, body: body(number) })
      const text = await response.body.text()
      latencies.push(performance.now() - sentAtMs)
      check(response.statusCode, text, number)
    }
  }
  await Promise.all(Array.from({ length: connections }, () => worker()))
  const elapsedMs = performance.now() - startedAtMs
  await pool.close()
  const sorted = latencies.toSorted((first, second) => first - second)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return {
    requests: sorted.length,
    perSecond: (sorted.length * 1_000) / elapsedMs,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
  }
}
