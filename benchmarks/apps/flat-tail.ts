/**
 * The tail of a fast route at a share of the peak that the slowest contender reaches, by an absolute timetable: alone, while 1 % of the
 * requests compute for 100 ms, and beside clients that send or read a little and then nothing. Late answers count from when they were due.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { loadavg } from 'node:os'
import { median, setting, spread } from '../pool/support/spread.ts'
import { checkAnswers } from './support/check-answers.ts'
import { startContenders, type Contender } from './support/contenders.ts'
import { openLoop, type Tail } from './support/open-loop.ts'
import { wrk } from './support/wrk.ts'

const rounds = setting('ROUNDS', 5)
const seconds = setting('SECONDS', 10)
const share = setting('SHARE', 0.6)
const wanted = (process.env['SCENARIOS'] ?? '').split(',').filter((name) => name !== '')
const only = (process.env['ONLY'] ?? 'evenkeel ×2,evenkeel routed,fastify cluster').split(',')

/** After that, slow clients have all that they will take, in milliseconds. */
const settleMs = 2_000

/** The client takes processors too: beyond this it would measure itself, in requests a second. */
const mostPerSecond = 3_000

console.log(`load of the machine before: ${loadavg()[0]?.toFixed(2)}`)
const contenders = await startContenders(only)
await using stack = new AsyncDisposableStack()
for (const contender of contenders) stack.use(contender)
for (const { url } of contenders) await checkAnswers(url)

// One timetable for all, which the slowest of them can keep: whoever is asked less often waits less.
const peaks: number[] = []
for (const contender of contenders) peaks.push(await rateOf(contender))
const rate = Math.min(...peaks)
console.log(`${rate.toFixed(0)} requests a second`)

await compare('alone', async (contender, perSecond) => openLoop(contender, { perSecond, slowShare: 0, seconds }))
// A slow request takes as much as many fast ones: the share of the peak is of processor time.
await compare('1 % compute for 100 ms', async (contender, perSecond) => {
  const busyMs = 0.01 * 100 + 0.99 * (1_000 / (perSecond / share))
  return openLoop(contender, { perSecond: Math.min(perSecond, (share * 2 * 1_000) / busyMs), slowShare: 0.01, seconds })
})
await compare('beside 50 slow clients', async (contender, perSecond) => {
  const sockets = await slowClients(contender)
  // What they ask for before the kernel's buffers are full is a burst like any other.
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  try {
    return await openLoop(contender, { perSecond, slowShare: 0, seconds })
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
  if (wanted.length > 0 && !wanted.some((each) => name.includes(each))) return
  const results = new Map<Contender, Tail[]>(contenders.map((each) => [each, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders.toSorted(() => Math.random() - 0.5))
      results.get(contender)?.push(await run(contender, rate))
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
