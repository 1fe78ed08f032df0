/** A stored function that keeps its world between calls, beside the same function with a fresh context for each call. */
import { closedLoop } from './support/closed-loop.ts'
import { startEvenkeel } from './support/server-process.ts'
import { median, setting, spread } from './support/spread.ts'

const rounds = setting('ROUNDS', 5)
const durationMs = setting('SECONDS', 5) * 1_000
const modes = ['context', 'reuse'] as const

await using server = await startEvenkeel('evenkeel')
const functions = new URL('/v1/functions/', server.url).href
for (const freshness of modes) {
  const response = await fetch(`${functions}add-${freshness}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: 'return input.a + 1', freshness }),
  })
  if (!response.ok) throw new Error(`the function was not stored: ${await response.text()}`)
}

const rates = new Map<string, number[]>(modes.map((mode) => [mode, []]))
const tails = new Map<string, number[]>(modes.map((mode) => [mode, []]))
for (const mode of modes) await measure(mode, 2_000)
for (let round = 0; round < rounds; round += 1) {
  for (const mode of modes) {
    const { perSecond, p99 } = await measure(mode, durationMs)
    rates.get(mode)?.push(perSecond)
    tails.get(mode)?.push(p99)
  }
}

console.log(`16 connections, ${rounds} rounds of ${durationMs / 1_000} s: median (least–most)`)
for (const mode of modes) {
  const ratio = median(
    (rates.get(mode) ?? []).map((value, round) => value / (rates.get('context')?.[round] ?? Number.NaN)),
  )
  console.log(
    `${mode.padEnd(8)} ${spread(rates.get(mode) ?? [], 0)} /s  ×${ratio.toFixed(2)}  p99 ${spread(tails.get(mode) ?? [])} ms`,
  )
}

function measure(mode: string, forMs: number): ReturnType<typeof closedLoop> {
  return closedLoop({
    url: `${functions}add-${mode}/invoke`,
    connections: 16,
    durationMs: forMs,
    body: (number) => `{"input":{"a":${number}}}`,
    check: (status, text, number) => {
      const { result } = JSON.parse(text) as { result?: unknown }
      if (status !== 200 || result !== number + 1) throw new Error(`wrong answer ${status}: ${text}`)
    },
  })
}
