/**
 * What a block pays for the platform around it: a block that touches nothing, and the first and the later touch of Web APIs and
 * modules. One host, one isolate at a time; `first` is in a new isolate, `later` in a new context of a used one. The answers are
 * checked; the blocks take turns in each round. Processor time of the host, in milliseconds: median and the middle half.
 */
import assert from 'node:assert/strict'
import { createPool, type RunReport } from '@evenkeel/pool'
import { isolateEngine } from '@evenkeel/engine-isolate'

const rounds = Number(process.argv[2] ?? 15)
const limits = {
  wallMs: 10_000,
  cpuMs: 10_000,
  memoryMb: 128,
  outputBytes: 1_000_000,
  logBytes: 10_000,
  hostCalls: 0,
} as const

const blocks: Readonly<Record<string, readonly [source: string, answer: unknown]>> = {
  nothing: ['return 1', 1],
  console: ['console.log("text"); return 1', 1],
  'console, an object': ['console.log({ a: 1 }); return 1', 1],
  URL: ['return new URL("http://a/b").pathname', '/b'],
  TextEncoder: ['return new TextEncoder().encode("a")[0]', 97],
  Response: ['return new Response("a").text()', 'a'],
  Buffer: ['return Buffer.from("a").length', 1],
  structuredClone: ['return structuredClone(1)', 1],
  'crypto, a digest': ['return require("crypto").createHash("sha256").update("a").digest("hex").length', 64],
  lodash: ['return require("lodash").sum([1, 2])', 3],
  dayjs: ['return require("dayjs")(0).valueOf()', 0],
  axios: ['return typeof require("axios").get', 'function'],
  xlsx: ['return require("xlsx").version', '0.20.3'],
  pinyin: ['return require("pinyin").pinyin("中")[0][0]', 'zhōng'],
}

const pool = await createPool({ engine: isolateEngine(), hosts: 1, spares: 0, maxMemoryMb: 128 })
try {
  const times = new Map<string, { first: number[]; later: number[] }>()
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, [source, answer]] of Object.entries(blocks)) {
      const kept = times.get(name) ?? { first: [], later: [] }
      times.set(name, kept)
      const tenant = `${name} ${round}`
      const first = cpuOf(await run(tenant, source), answer)
      await run(tenant, 'return 0')
      const later = cpuOf(await run(tenant, source), answer)
      // The first round compiles the host's own code.
      if (round >= 0) {
        kept.first.push(first)
        kept.later.push(later)
      }
    }
  }
  console.log(`${rounds} rounds; processor time in ms, median (middle half)`)
  for (const [name, { first, later }] of times)
    console.log(`${name.padEnd(22)} first ${shown(first).padEnd(24)} later ${shown(later)}`)
} finally {
  await pool.close({ deadlineMs: 0 })
}

function run(tenant: string, source: string): Promise<RunReport> {
  return pool.run({ tenant, program: { id: source, options: {}, source }, input: '{}', limits })
}

function cpuOf({ outcome }: RunReport, answer: unknown): number {
  assert.equal(outcome.status, 'ok', JSON.stringify(outcome))
  if (outcome.status !== 'ok') return 0
  assert.deepEqual(JSON.parse(Buffer.from(outcome.output).toString()), answer)
  return outcome.usage.cpuMs
}

function shown(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2)
  return `${at(0.5)} (${at(0.25)}–${at(0.75)})`
}
