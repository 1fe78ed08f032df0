/**
 * The tail of a fast route at a share of the peak that each contender reaches itself, by an absolute timetable: alone, while 1 % of the
 * requests compute for 100 ms, and beside clients that send or read a little and then nothing. Late answers count from when they were due.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { loadavg } from 'node:os'
import { Pool } from 'undici'
import { median, setting, spread } from '../pool/support/spread.ts'
import { checkAnswers } from './support/check-answers.ts'
import { startContenders, type Contender } from './support/contenders.ts'
import { wrk } from './support/wrk.ts'

const rounds = setting('ROUNDS', 5)
const seconds = setting('SECONDS', 10)
const share = setting('SHARE', 0.6)
const only = (process.env['ONLY'] ?? 'evenkeel ×2,evenkeel routed,fastify cluster').split(',')

/** The client takes processors too: beyond this it would measure itself, in requests a second. */
const mostPerSecond = 3_000

interface Tail {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly failed: number
}

console.log(`load of the machine before: ${loadavg()[0]?.toFixed(2)}`)
const contenders = await startContenders(only)
await using stack = new AsyncDisposableStack()
for (const contender of contenders) stack.use(contender)
for (const { url } of contenders) await checkAnswers(url)

const rates = new Map<Contender, number>()
for (const contender of contenders) rates.set(contender, await rateOf(contender))

await compare('alone', async (contender, perSecond) => openLoop(contender, { perSecond, slowShare: 0 }))
// A slow request takes as much as many fast ones: the share of the peak is of processor time.
await compare('1 % compute for 100 ms', async (contender, perSecond) => {
  const busyMs = 0.01 * 100 + 0.99 * (1_000 / (perSecond / share))
  return openLoop(contender, { perSecond: Math.min(perSecond, (share * 2 * 1_000) / busyMs), slowShare: 0.01 })
})
await compare('beside 50 slow clients', async (contender, perSecond) => {
  const sockets = await slowClients(contender)
  try {
    return await openLoop(contender, { perSecond, slowShare: 0 })
  } finally {
    for (const socket of sockets) socket.destroy()
  }
})
console.log(`load of the machine after: ${loadavg()[0]?.toFixed(2)}`)

async function rateOf({ url }: Contender): Promise<number> {
  const path = `${new URL(url).pathname.replace(/\/$/, '')}/stress`
  const { perSecond } = await wrk(url, { routes: [`GET ${path}`], connections: 20, seconds: 3 })
  return Math.min(mostPerSecond, perSecond * share)
}

async function compare(name: string, run: (contender: Contender, perSecond: number) => Promise<Tail>): Promise<void> {
  const results = new Map<Contender, Tail[]>(contenders.map((each) => [each, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders.toSorted(() => Math.random() - 0.5))
      results.get(contender)?.push(await run(contender, rates.get(contender) ?? 0))
  }
  console.log(`\n${name}, ${rounds} rounds of ${seconds} s: median (least–most)`)
  const [baseline = []] = results.values()
  for (const [contender, tails] of results) {
    const pick = (field: keyof Tail): number[] => tails.map((each) => each[field])
    const ratio = median(pick('p99').map((value, round) => value / (baseline[round]?.p99 ?? Number.NaN)))
    console.log(
      `${contender.name.padEnd(16)} p50 ${spread(pick('p50'))}  p99 ${spread(pick('p99'))} (×${ratio.toFixed(2)})  p99.9 ${spread(pick('p999'))} ms  failed ${spread(pick('failed'), 0)}`,
    )
  }
}

/** Sends by a timetable that no answer can hold up. Only fast requests are counted. */
async function openLoop(
  { url }: Contender,
  { perSecond, slowShare }: { readonly perSecond: number; readonly slowShare: number },
): Promise<Tail> {
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

/** Half send three bytes of a hundred, half ask for a large answer and read nothing. */
async function slowClients({ url }: Contender): Promise<readonly Socket[]> {
  const { port, pathname } = new URL(url)
  const base = pathname.replace(/\/$/, '')
  const texts = [
    `POST ${base}/echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\nabc`,
    `GET ${base}/large HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(200),
  ]
  return Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      socket.write(texts[index % 2] ?? '')
      return socket
    }),
  )
}
