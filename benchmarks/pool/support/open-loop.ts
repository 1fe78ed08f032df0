import { Pool } from 'undici'

export interface OpenLoopOptions {
  readonly url: string
  readonly body: string
  readonly perSecond: number
  readonly durationMs: number
}

export interface OpenLoopResult {
  /** Latency from the planned start, in milliseconds, by status, sorted. */
  readonly latencies: ReadonlyMap<number, readonly number[]>
  /** Planned starts that were sent more than 10 ms late: the generator was the limit. */
  readonly late: number
}

/** Sends by an absolute timetable that does not wait for answers, so that a slow server cannot hide its delay. */
export async function openLoop({ url, body, perSecond, durationMs }: OpenLoopOptions): Promise<OpenLoopResult> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: 1_000, pipelining: 1 })
  const latencies = new Map<number, number[]>()
  const pending = new Set<Promise<void>>()
  const startMs = performance.now()
  let late = 0
  const send = async (plannedMs: number): Promise<void> => {
    const headers = { 'content-type': 'application/json' }
    const response = await pool.request({ method: 'POST', path: pathname, headers, body })
    await response.body.text()
    const of = latencies.get(response.statusCode) ?? []
    of.push(performance.now() - plannedMs)
    latencies.set(response.statusCode, of)
  }
  for (let number = 0; number * 1_000 < durationMs * perSecond; number += 1) {
    const plannedMs = startMs + (number * 1_000) / perSecond
    const waitMs = plannedMs - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    else if (waitMs < -10) late += 1
    const sent = send(plannedMs).finally(() => pending.delete(sent))
    pending.add(sent)
  }
  await Promise.all(pending)
  await pool.close()
  for (const of of latencies.values()) of.sort((first, second) => first - second)
  return { latencies, late }
}
