/** Twelve hours at ten requests a second in simulated time. Prints what it took. Usage: node long-run.child.ts */
import { parseScript, runLoad } from '../../src/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { SimulatedNetwork } from '../support/simulated-network.ts'

const clock = new FakeClock()
const transport = new SimulatedNetwork(clock, ({ atMs }) => ({ delayMs: 5 + (atMs % 50) }), { keep: false })
const script = await parseScript({
  config: { target: 'http://simulated.test', phases: [{ duration: '12h', arrivalRate: 10 }] },
  scenarios: [{ flow: [{ get: { url: '/' } }] }],
})
const result = await clock.runUntil(runLoad({ plan: { kind: 'script', script }, clock, transport }))
const report = {
  responses: result.requests.responses,
  resultBytes: JSON.stringify(result).length,
  rssBytes: process.resourceUsage().maxRSS * 1024,
}
console.log(JSON.stringify(report))
