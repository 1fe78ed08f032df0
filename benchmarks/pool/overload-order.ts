/**
 * Twice the work that a pool can do, with the oldest and with the newest waiting job first: what becomes of the accepted work. Without a server
 * before the pool, so that both orders see the same arrivals.
 */
import { isolateEngine } from '@evenkeel/engine-isolate'
import { createPool, type Pool, type RunReport } from '@evenkeel/pool'
import { median, setting, spread } from './support/spread.ts'

const rounds = setting('ROUNDS', 4)
const seconds = setting('SECONDS', 8)
const orders = ['oldest', 'newest'] as const
const source = 'let n = 0; for (let i = 0; i < 300000; i++) n += i; return n'
const limits = { wallMs: 1_000, cpuMs: 1_000, memoryMb: 64, outputBytes: 1_000, logBytes: 1_000, hostCalls: 0 }

interface Result {
  readonly acceptedP50: number
  readonly acceptedP99: number
  readonly refusedP99: number
  readonly acceptedShare: number
}

const results = new Map<string, Result[]>(orders.map((order) => [order, []]))
for (let round = 0; round < rounds; round += 1) {
  for (const order of orders) {
    await using pool = await createPool({ engine: isolateEngine(), overloadOrder: order })
    results.get(order)?.push(await overload(pool, 2 * (await capacity(pool))))
  }
}
console.log(`double load for ${seconds} s, ${rounds} rounds: median (least–most)`)
for (const [order, values] of results) {
  const of = (field: keyof Result): string => spread(values.map((value) => value[field]))
  console.log(
    `${order.padEnd(7)} accepted ${of('acceptedShare')} %: p50 ${of('acceptedP50')} ms, p99 ${of('acceptedP99')} ms; refused: p99 ${of('refusedP99')} ms`,
  )
}

async function capacity(pool: Pool): Promise<number> {
  const rates: number[] = []
  for (let part = 0; part < 4; part += 1) {
    const startedAtMs = performance.now()
    let answers = 0
    const worker = async (): Promise<void> => {
      while (performance.now() - startedAtMs < 1_000) {
        const { outcome } = await run(pool)
        const text = outcome.status === 'ok' ? Buffer.from(outcome.output).toString() : outcome.status
        if (text !== '44999850000') throw new Error(`wrong answer: ${text}`)
        answers += 1
      }
    }
    await Promise.all(Array.from({ length: 8 }, () => worker()))
    rates.push((answers * 1_000) / (performance.now() - startedAtMs))
  }
  return median(rates)
}

async function overload(pool: Pool, perSecond: number): Promise<Result> {
  const accepted: number[] = []
  const refused: number[] = []
  const runs: Promise<void>[] = []
  const startedAtMs = performance.now()
  for (let number = 0; number < perSecond * seconds; number += 1) {
    const plannedMs = startedAtMs + (number * 1_000) / perSecond
    const waitMs = plannedMs - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    const one = async (): Promise<void> => {
      const { outcome } = await run(pool)
      ;(outcome.status === 'ok' ? accepted : refused).push(performance.now() - plannedMs)
    }
    runs.push(one())
  }
  await Promise.all(runs)
  return {
    acceptedP50: quantile(accepted, 0.5),
    acceptedP99: quantile(accepted, 0.99),
    refusedP99: quantile(refused, 0.99),
    acceptedShare: (accepted.length * 100) / (accepted.length + refused.length),
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((first, second) => first - second)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function run(pool: Pool): Promise<RunReport> {
  return pool.run({ tenant: 'one', program: { id: 'busy', options: { language: 'js' }, source }, input: '{}', limits })
}
