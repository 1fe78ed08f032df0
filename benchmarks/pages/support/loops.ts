import { Pool } from 'undici'
import type { LoopResult as ClosedLoopResult } from '../../pool/support/closed-loop.ts'

export interface LoopResult extends ClosedLoopResult {
  /** Answers with status 503, which count as no requests. */
  readonly refused: number
}

export interface LoopOptions {
  readonly url: string
  readonly durationMs: number
  /** Throws when the page is not the right one. */
  readonly check: (status: number, text: string) => void
}

/** Each connection sends the next request when the last is answered; every answer is checked. */
export async function closedLoop(options: LoopOptions & { readonly connections: number }): Promise<LoopResult> {
  const { durationMs, connections } = options
  await using client = new PageClient(options, connections)
  const startedAtMs = performance.now()
  const worker = async (): Promise<void> => {
    while (performance.now() - startedAtMs < durationMs) await client.get(performance.now())
  }
  await Promise.all(Array.from({ length: connections }, () => worker()))
  return client.result(performance.now() - startedAtMs)
}

/** Requests at fixed times, whatever the server does; latencies count from the time that was meant. */
export async function openLoop(options: LoopOptions & { readonly perSecond: number }): Promise<LoopResult> {
  await using client = new PageClient(options, openConnections)
  const startedAtMs = performance.now()
  await atFixedTimes(options, (dueMs) => client.get(dueMs))
  return client.result(performance.now() - startedAtMs)
}

export interface TimedRequest {
  /** On the clock of `performance.now()`. */
  readonly dueMs: number
  readonly latencyMs: number
}

/** As {@link openLoop}, request by request; refused ones are only counted. */
export async function timedLoop(
  options: LoopOptions & { readonly perSecond: number },
): Promise<{ readonly requests: readonly TimedRequest[]; readonly refused: number }> {
  await using client = new PageClient(options, openConnections)
  const made: TimedRequest[] = []
  await atFixedTimes(options, async (dueMs) => {
    if (await client.get(dueMs)) made.push({ dueMs, latencyMs: performance.now() - dueMs })
  })
  return { requests: made, refused: client.refused }
}

/** Connections of a loop with fixed times: more than can be in use when the server keeps up. */
const openConnections = 200

async function atFixedTimes(
  { durationMs, perSecond }: { readonly durationMs: number; readonly perSecond: number },
  send: (dueMs: number) => Promise<unknown>,
): Promise<void> {
  const startedAtMs = performance.now() + 50
  const open = new Set<Promise<unknown>>()
  const total = Math.floor((durationMs / 1_000) * perSecond)
  for (let sent = 0; sent < total; sent += 1) {
    const dueMs = startedAtMs + (sent * 1_000) / perSecond
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    const request = send(dueMs)
    open.add(request)
    void request.then(() => open.delete(request))
  }
  await Promise.all(open)
}

/** Latencies of the first requests, one after the other, in milliseconds. */
export async function firstRequests(
  options: Omit<LoopOptions, 'durationMs'>,
  count: number,
): Promise<readonly number[]> {
  await using client = new PageClient(options, 1)
  for (let number = 0; number < count; number += 1) await client.get(performance.now())
  return client.latencies
}

class PageClient implements AsyncDisposable {
  readonly latencies: number[] = []
  readonly #pool: Pool
  readonly #path: string
  readonly #check: LoopOptions['check']
  refused = 0

  constructor({ url, check }: Pick<LoopOptions, 'url' | 'check'>, connections: number) {
    const { origin, pathname } = new URL(url)
    this.#pool = new Pool(origin, { connections, pipelining: 1 })
    this.#path = pathname
    this.#check = check
  }

  /** Whether it was answered, not refused. */
  async get(dueMs: number): Promise<boolean> {
    const response = await this.#pool.request({ method: 'GET', path: this.#path })
    const text = await response.body.text()
    if (response.statusCode === 503) {
      this.refused += 1
      return false
    }
    this.latencies.push(performance.now() - dueMs)
    this.#check(response.statusCode, text)
    return true
  }

  result(elapsedMs: number): LoopResult {
    const sorted = this.latencies.toSorted((first, second) => first - second)
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
    const requests = sorted.length
    const perSecond = (requests * 1_000) / elapsedMs
    return { requests, perSecond, p50: at(0.5), p99: at(0.99), max: at(1), refused: this.refused }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close()
  }
}
