/**
 * Evenkeel with everything switched on (a token with limits and quota, history on disk) beside its bare pool and beside other ways to
 * run a block: n8n's task runner, Piscina, isolated-vm with new isolates and with new contexts, workerd. The same blocks over HTTP, every
 * answer is checked, the arms take turns in each round. `WORKERD` names the binary of workerd; without it that arm is left out.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { closedLoop, type LoopResult } from '../pool/support/closed-loop.ts'
import { startEvenkeel, startRival, type ServerProcess } from '../pool/support/server-process.ts'
import { median, setting, spread } from '../pool/support/spread.ts'
import { blocks, type Block } from './blocks.ts'

const rounds = setting('ROUNDS', 5)
const durationMs = setting('SECONDS', 2) * 1_000
const connections = setting('CONNECTIONS', 16)

interface Arm {
  readonly name: string
  readonly server: ServerProcess
  readonly token?: string
}

interface Round extends LoopResult {
  readonly cpuMsPerRun: number
}

await using stack = new AsyncDisposableStack()
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-compare-'))
stack.defer(() => rmSync(folder, { recursive: true, force: true }))
const arms = await startArms()
/** Whose server ended under the load, which is a result too. */
const dead = new Set<Arm>()
console.log(`load of the machine at the start: ${loadavg()[0]?.toFixed(2)}`)
for (const arm of arms) for (const block of blocks) await measure(arm, block, 500)
for (const block of blocks) await compare(block)
for (const { name, server } of arms.filter((arm) => !dead.has(arm))) {
  const { own, children } = server.residentMb()
  console.log(`memory of ${name}: ${[own, ...children].reduce((sum, mb) => sum + mb, 0).toFixed(0)} MiB`)
}

async function startArms(): Promise<Arm[]> {
  const service = stack.use(await startEvenkeel('evenkeel', [folder]))
  const list: Arm[] = [{ name: 'evenkeel, the service', server: service, token: await createToken(service) }]
  const rival = async (name: string, script: string): Promise<void> => {
    list.push({ name, server: stack.use(await startRival(script, new URL('rivals/', import.meta.url))) })
  }
  await rival('evenkeel, the bare pool', 'bare-pool')
  await rival('n8n’s way (child, node:vm)', 'task-runner')
  await rival('Piscina, node:vm', 'piscina')
  await rival('isolated-vm, new isolate', 'new-isolate')
  await rival('isolated-vm, new context', 'new-context')
  if (process.env['WORKERD'] === undefined) console.log('workerd is left out: WORKERD names no binary')
  else await rival('workerd, Worker Loader', 'workerd')
  return list
}

/** With limits that are checked and never reached. */
async function createToken({ adminUrl }: ServerProcess): Promise<string> {
  const limits = {
    concurrency: 1_000,
    rate: { runs: 1_000_000, windowMs: 1_000, burst: 1_000_000 },
    quota: { period: 'month', runs: 1_000_000_000 },
  }
  const response = await fetch(`${adminUrl}/admin/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'benchmark', limits }),
  })
  const { token } = (await response.json()) as { token: string }
  return token
}

async function compare(block: Block): Promise<void> {
  const results = new Map<Arm, Round[]>(arms.map((arm) => [arm, []]))
  for (let round = 0; round < rounds; round += 1) {
    const order = arms.filter((arm) => !dead.has(arm)).toSorted(() => Math.random() - 0.5)
    for (const arm of order) {
      const measured = await measure(arm, block, durationMs).catch((error: unknown) => diedOf(arm, error))
      if (measured !== undefined) results.get(arm)?.push(measured)
    }
  }
  console.log(
    `\n${block.name}: ${connections} connections, ${rounds} rounds of ${durationMs / 1_000} s, median (least–most)`,
  )
  const [baseline = []] = results.values()
  for (const [{ name }, measured] of results) {
    if (measured.length === 0) continue
    const pick = (field: keyof Round): number[] => measured.map((each) => each[field])
    const ratio = median(pick('perSecond').map((value, round) => value / (baseline[round]?.perSecond ?? Number.NaN)))
    console.log(
      `${name.padEnd(27)} ${spread(pick('perSecond'), 0)} /s  ×${ratio.toFixed(2)}  p50 ${spread(pick('p50'))}  p99 ${spread(pick('p99'))}  max ${spread(pick('max'), 0)} ms  cpu ${spread(pick('cpuMsPerRun'), 2)} ms/run`,
    )
  }
}

/** Rejects again for anything but a server that is gone. */
function diedOf(arm: Arm, error: unknown): undefined {
  const { code = '' } = error as { readonly code?: string }
  if (!['UND_ERR_SOCKET', 'ECONNREFUSED', 'ECONNRESET'].includes(code)) throw error
  dead.add(arm)
  console.log(`${arm.name} ended under the load and is left out from here on`)
}

async function measure({ server, token }: Arm, block: Block, forMs: number): Promise<Round> {
  const cpuBeforeMs = server.cpuMs()
  const body = (number: number): string => JSON.stringify({ code: block.code, input: block.input(number) })
  const check = (status: number, text: string, number: number): void => {
    const answer = JSON.parse(text) as { result?: unknown }
    assert.equal(status, 200, text)
    assert.deepEqual(answer.result, block.result(number))
  }
  const access = token === undefined ? {} : { token }
  const result = await closedLoop({ url: server.url, connections, durationMs: forMs, body, check, ...access })
  return { ...result, cpuMsPerRun: (server.cpuMs() - cpuBeforeMs) / result.requests }
}
