/** One measurement of `generator-cost.ts`: prints units sent, CPU time and wrong answers. */
import autocannon from 'autocannon'
import { parseScript, requestPlan, runLoad } from '@evenkeel/lab'
import type { LabResult } from '@evenkeel/lab/result'

const [way = '', url = ''] = process.argv.slice(2)
const connections = 50
const durationS = 3

interface Outcome {
  readonly units: number
  readonly wrong: number
}

const measures: Readonly<Record<string, () => Promise<Outcome>>> = {
  'lab-run-kept': () => runScript(60, 50),
  'lab-run-single': () => runScript(600, 1),
  'lab-quick': async () =>
    outcome(await runLoad({ plan: requestPlan({ url, connections, durationMs: durationS * 1000 }) })),
  autocannon: async () => {
    const result = await autocannon({ url, connections, duration: durationS })
    return { units: result.requests.total, wrong: result.non2xx + result.errors }
  },
}

const measure = measures[way]
if (measure === undefined) throw new Error(`unknown way "${way}"`)
// The first pass compiles the code; only the second is counted.
await measure()
const before = process.cpuUsage()
const { units, wrong } = await measure()
const { user, system } = process.cpuUsage(before)
console.log(JSON.stringify({ units, wrong, cpuUs: user + system }))

async function runScript(usersPerSecond: number, requests: number): Promise<Outcome> {
  const script = await parseScript({
    config: { target: url, phases: [{ duration: durationS, arrivalRate: usersPerSecond }] },
    scenarios: [{ flow: [{ loop: [{ get: { url: '/' } }], count: requests }] }],
  })
  const result = await runLoad({ plan: { kind: 'script', script } })
  return { ...outcome(result), units: requests === 1 ? result.users.completed : result.requests.responses }
}

function outcome(result: LabResult): Outcome {
  const right = result.codes['200'] ?? 0
  return { units: right, wrong: result.requests.failed + result.requests.responses - right }
}
