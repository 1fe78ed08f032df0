/** From the end of a host to the moment when as many are in rotation as before: a SIGKILL from outside, and a program that must be killed. */
import { isolateEngine } from '@evenkeel/engine-isolate'
import { createPool, poolChannels, type Pool } from '@evenkeel/pool'
import { setting, spread } from './support/spread.ts'

const rounds = setting('ROUNDS', 20)
const hosts = 2
const limits = { wallMs: 200, cpuMs: 10_000, memoryMb: 64, outputBytes: 1_000, logBytes: 1_000, hostCalls: 0 }

await using pool = await createPool({ engine: isolateEngine(), hosts, spares: 1, maxMemoryMb: 64 })
const killed = await repeat(async () => {
  const [pid = 0] = pool.hostPids()
  process.kill(pid, 'SIGKILL')
  return untilReplaced(pool, pid)
})
const hung = await repeat(async () => {
  const condemned = Promise.withResolvers<void>()
  const onKill = (): void => condemned.resolve()
  poolChannels.kill.subscribe(onKill)
  // V8 cannot interrupt this builtin: only the end of the process stops it.
  const run = pool.run({
    tenant: 'hostile',
    program: { id: 'hang', options: {}, source: 'return (7n ** 40_000_000n).toString().length' },
    input: 'null',
    limits,
  })
  await condemned.promise
  poolChannels.kill.unsubscribe(onKill)
  const tookMs = await untilInRotation(pool)
  await run
  return tookMs
})

console.log(`${rounds} kills each, one spare: median (least–most), in milliseconds`)
console.log(`killed from outside    ${spread(killed)}`)
console.log(`hung, then killed      ${spread(hung)}: a spare steps in before the kill`)

async function repeat(once: () => Promise<number>): Promise<number[]> {
  const took: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await untilSpare(pool)
    took.push(await once())
  }
  return took
}

async function untilReplaced(of: Pool, pid: number): Promise<number> {
  const startedAtMs = performance.now()
  while (of.hostPids().includes(pid) || of.hostPids().length < hosts) await nextTurn()
  return performance.now() - startedAtMs
}

async function untilInRotation(of: Pool): Promise<number> {
  const startedAtMs = performance.now()
  while (of.stats().hosts < hosts) await nextTurn()
  return performance.now() - startedAtMs
}

/** The next kill must find a spare, as it does in service. */
async function untilSpare(of: Pool): Promise<void> {
  while (of.stats().spares < 1 || of.hostPids().length < hosts) await nextTurn()
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1))
}
